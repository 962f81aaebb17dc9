package console

// route is one entry of the API: what openapi.json says of it and who serves it.
type route struct {
	method, path string // path has {id} wildcards, relative to the console
	summary      string
	need         Permission // any of these; 0 = whoever is let in
	query        []param
	body, answer any    // of these types; nil = none
	form         string // media type of an answer, or of a body, that is not JSON
	status       int    // 0 = 200
	do           func(*call) (any, error)
}

// param is a query parameter.
type param struct{ name, about string }

var (
	pCampaign = param{"campaign", "a campaign's id; none = all that the actor sees"}
	pFrom     = param{"from", "RFC 3339; none = 24 hours ago. Counters are kept in half hours"}
	pTo       = param{"to", "RFC 3339; none = now"}
	pLimit    = param{"limit", "1 to 500; none = 100"}
	pLang     = param{"headings", "the language of the headings, which decides the separator and the decimal sign too: en, es, pt; none = en"}
)

var pList = []param{
	pCampaign,
	{"state", "open (default), waiting, active, bot, ended, all"},
	{"agent", "who has it or had it"},
	{"customer", "a customer's id"},
	{"outcome", "of ended ones, such as abandoned; several with commas"},
	{"missed", "true: waited beyond the service level's threshold"},
	{"outbound", "true or false"},
	{"from", "RFC 3339: opened, or ended, at or after"},
	{"before", "next of the page before this one"},
	pLimit,
}

const anyone = Work | Watch | Supervise | Configure

// routes is the whole API.
func (c *Console) routes() []route {
	return append(append(c.readRoutes(), c.deskRoutes()...), c.settingsRoutes()...)
}

func (c *Console) readRoutes() []route {
	return []route{
		{method: "GET", path: "api/session", summary: "Who is looking and what this console can do", answer: Session{}, do: c.session},
		{method: "GET", path: "api/stream", summary: "The stream of events", query: []param{
			{"after", "a cursor, as Last-Event-ID"}, {"follow", "an interaction beside one's own; may be repeated, up to 20"},
		}, need: anyone, form: "text/event-stream", do: c.stream},
		{method: "GET", path: "api/events", summary: "The same by polling", query: []param{
			{"after", "a cursor"}, {"wait", "0 to 25: seconds to wait for the first event"}, {"follow", "as for the stream"},
		}, need: anyone, answer: Events{}, do: c.poll},

		{method: "GET", path: "api/board", summary: "The dashboard", need: Watch, query: []param{pCampaign, pFrom}, answer: Board{}, do: c.board},
		{method: "GET", path: "api/series", summary: "Counters by half hour", need: Watch, query: []param{pCampaign, pFrom, pTo}, answer: Series{}, do: c.series},
		{method: "GET", path: "api/agents", summary: "Agents, of a campaign or of all", need: Watch | Supervise, query: []param{pCampaign}, answer: Agents{}, do: c.agents},
		{method: "GET", path: "api/campaigns", summary: "The campaigns that the actor sees", need: anyone, answer: Campaigns{}, do: c.campaigns},
		{method: "GET", path: "api/interactions", summary: "Interactions: open ones by age, ended ones latest first", need: Work | Watch, query: pList, answer: Interactions{}, do: c.list},
		{method: "GET", path: "api/interactions/{id}", summary: "One interaction", need: Work | Watch, answer: Interaction{}, do: c.interaction},
		{method: "GET", path: "api/interactions/{id}/explain", summary: "Why it waits", need: Watch, answer: Explanation{}, do: c.explain},
		{method: "GET", path: "api/interactions/{id}/conversation", summary: "What was said", need: Work | Read, query: []param{
			{"before", "items before this seq; none = the latest"}, {"after", "items after this seq, instead"}, pLimit,
		}, answer: Conversation{}, do: c.conversation},
		{method: "GET", path: "api/interactions/{id}/timeline", summary: "What happened, from the journal", need: Work | Watch, answer: Timeline{}, do: c.timeline},
		{method: "GET", path: "api/interactions/{id}/media/{item}", summary: "The file of a message", need: Work | Read, form: "*/*", do: c.media},
		{method: "GET", path: "api/customers/{id}/interactions", summary: "A customer's interactions, latest first", need: Work | Watch, query: []param{{"before", "next of the page before"}, pLimit}, answer: Interactions{}, do: c.customer},
		{method: "GET", path: "api/csv/campaigns", summary: "The board's campaigns as CSV", need: Watch, query: []param{pCampaign, pFrom, pLang}, form: "text/csv", do: c.csvCampaigns},
		{method: "GET", path: "api/csv/agents", summary: "The board's agents as CSV", need: Watch, query: []param{pCampaign, pLang}, form: "text/csv", do: c.csvAgents},
		{method: "GET", path: "api/csv/series", summary: "Counters by half hour as CSV", need: Watch, query: []param{pCampaign, pFrom, pTo, pLang}, form: "text/csv", do: c.csvSeries},
		{method: "GET", path: "api/csv/interactions", summary: "Any list of interactions as CSV", need: Work | Watch, query: append(pList[:len(pList):len(pList)], pLang), form: "text/csv", do: c.csvInteractions},
		{method: "GET", path: "api/csv/blacklist", summary: "The blacklist as CSV", need: Configure | Supervise, query: []param{pCampaign, pLang}, form: "text/csv", do: c.csvBlacklist},
		{method: "GET", path: "api/csv/blacklist-history", summary: "What the blacklist stopped as CSV", need: Configure | Supervise | Watch, query: []param{pCampaign, pLang}, form: "text/csv", do: c.csvHistory},
	}
}

func (c *Console) deskRoutes() []route {
	of := func(verb string) string { return "api/interactions/{id}/" + verb }
	return []route{
		{method: "GET", path: "api/desk", summary: "What the agent has before them", need: Work, answer: Desk{}, do: c.desk},
		{method: "POST", path: "api/desk/state", summary: "Be available, pause, go", need: Work, body: StateBody{}, answer: AgentDone{}, do: c.ownState},
		{method: "POST", path: "api/desk/call", summary: "Be on the telephone, or not", need: Work, body: CallBody{}, answer: AgentDone{}, do: c.ownCall},
		{method: "POST", path: "api/desk/wrapup", summary: "Extend wrap-up, or end it", need: Work, body: WrapUpBody{}, answer: AgentDone{}, do: c.ownWrapUp},

		{method: "POST", path: "api/interactions", summary: "Start an interaction from our side", need: Work, body: StartBody{}, answer: Done{}, status: 201, do: c.start},
		{method: "GET", path: of("targets"), summary: "To whom it can be transferred", need: Work | Supervise, answer: Targets{}, do: c.targets},
		{method: "POST", path: of("accept"), summary: "Take an offer or a transfer", need: Work, body: Empty{}, answer: Done{}, do: c.accept},
		{method: "POST", path: of("decline"), summary: "Refuse an offer or a transfer", need: Work, body: DeclineBody{}, answer: Done{}, do: c.decline},
		{method: "POST", path: of("take"), summary: "Pull one that waits", need: Work, body: TakeBody{}, answer: Done{}, do: c.take},
		{method: "POST", path: of("send"), summary: "Write to the customer", need: Work, body: SendBody{}, answer: Done{}, do: c.send},
		{method: "POST", path: of("resend"), summary: "Send a message that failed once more", need: Work, body: ResendBody{}, answer: Done{}, do: c.resend},
		{method: "POST", path: of("transfer"), summary: "Hand it to an agent or a campaign", need: Work | Supervise, body: TransferBody{}, answer: Done{}, do: c.transfer},
		{method: "POST", path: of("cancel-transfer"), summary: "Take a transfer back before it is answered", need: Work | Supervise, body: Empty{}, answer: Done{}, do: c.cancelTransfer},
		{method: "POST", path: of("park"), summary: "Put it on hold", need: Work, body: Empty{}, answer: Done{}, do: c.park},
		{method: "POST", path: of("resume"), summary: "Take it off hold", need: Work, body: Empty{}, answer: Done{}, do: c.resume},
		{method: "POST", path: of("finish"), summary: "End the agent's part", need: Work, body: FinishBody{}, answer: Done{}, do: c.finish},
		{method: "POST", path: of("note"), summary: "Leave a remark for colleagues", need: Work | Supervise, body: NoteBody{}, answer: Done{}, do: c.note},
		{method: "POST", path: of("upload"), summary: "Store a file for a message to carry; the body is the file, its name in ?name=", need: Work, query: []param{{"name", "of the file"}}, form: "*/*", answer: Uploaded{}, status: 201, do: c.upload},

		{method: "POST", path: of("assign"), summary: "Give it to an agent at once", need: Supervise, body: AssignBody{}, answer: Done{}, do: c.assign},
		{method: "POST", path: of("requeue"), summary: "Put it back in its queue with its age", need: Supervise, body: ReasonBody{}, answer: Done{}, do: c.requeue},
		{method: "POST", path: of("move"), summary: "Put it in another campaign's queue", need: Supervise, body: MoveBody{}, answer: Done{}, do: c.move},
		{method: "POST", path: of("end"), summary: "End it", need: Supervise, body: ReasonBody{}, answer: Done{}, do: c.end},
		{method: "POST", path: of("prioritize"), summary: "Change what a waiting one asks for", need: Supervise, body: PriorityBody{}, answer: Done{}, do: c.prioritize},
		{method: "POST", path: "api/agents/{id}/state", summary: "Change an agent's state for them", need: Supervise, body: StateBody{}, answer: AgentDone{}, do: c.agentState},
	}
}

func (c *Console) settingsRoutes() []route {
	return []route{
		{method: "GET", path: "api/campaigns/{id}/settings", summary: "A campaign's configuration", need: Configure | Supervise, answer: Settings{}, do: c.settings},
		{method: "POST", path: "api/campaigns/{id}/settings/check", summary: "What is wrong with settings, and what saving them would do", need: Configure | Supervise, body: SettingsBody{}, answer: Preview{}, do: c.checkSettings},
		{method: "PUT", path: "api/campaigns/{id}/settings", summary: "Save a campaign's configuration", need: Configure, body: SettingsBody{}, answer: Settings{}, do: c.saveSettings},
		{method: "PUT", path: "api/agents/{id}/settings", summary: "Save an agent's configuration", need: Configure, body: AgentBody{}, answer: AgentDone{}, do: c.saveAgent},

		{method: "GET", path: "api/blacklist", summary: "The blacklist", need: Configure | Supervise, query: []param{pCampaign, {"q", "part of an alias, a reason or an author"}, pLimit}, answer: BlacklistPage{}, do: c.blacklist},
		{method: "POST", path: "api/blacklist", summary: "Put customers on the list", need: Configure | Supervise, body: BlacklistBody{}, answer: BlacklistChange{}, do: c.blacklistAdd},
		{method: "POST", path: "api/blacklist/remove", summary: "Take entries off the list", need: Configure | Supervise, body: BlacklistRemoveBody{}, answer: BlacklistChange{}, do: c.blacklistRemove},
		{method: "POST", path: "api/blacklist/import", summary: "Put a CSV file on the list", need: Configure, body: BlacklistImportBody{}, answer: BlacklistChange{}, do: c.blacklistImport},
		{method: "GET", path: "api/blacklist/history", summary: "What the blacklist stopped", need: Configure | Supervise | Watch, query: []param{pCampaign, {"alias", "of one customer"}, {"direction", "incoming or outgoing"}, pLimit}, answer: BlacklistHistory{}, do: c.blacklistHistory},
		{method: "POST", path: "api/interactions/{id}/blacklist", summary: "Put an interaction's customer on the list", need: Work | Supervise, body: BlockBody{}, answer: BlacklistChange{}, do: c.block},

		{method: "POST", path: "api/whatif", summary: "Try settings on the campaign's own past", need: Configure | Supervise, body: WhatIfBody{}, answer: Run{}, status: 202, do: c.tryWhatIf},
		{method: "GET", path: "api/whatif/{id}", summary: "How far it is", need: Configure | Supervise, answer: Run{}, do: c.whatIf},
		{method: "POST", path: "api/whatif/{id}/cancel", summary: "Stop it", need: Configure | Supervise, body: Empty{}, answer: Run{}, do: c.cancelWhatIf},
	}
}
