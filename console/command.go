package console

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
)

// do performs a command on an interaction and answers with what became of it.
func (x *call) do(s *subject, command queue.Command) (any, error) {
	if _, err := x.center.Do(x.r.Context(), command); err != nil {
		return nil, err
	}
	return x.done(s.id)
}

func (x *call) done(id string) (any, error) {
	cursor := x.cursor(x.center.Seq())
	s, ok := x.lookUp(id)
	if !ok {
		return nil, errUnknown
	}
	in, err := x.detail(&s)
	return Done{Interaction: in, Cursor: cursor}, err
}

// fresh refuses a command that was based on an outdated conversation: somebody else has
// said something since. version 0 is not checked.
func (x *call) fresh(s *subject, version uint64) error {
	if version == 0 || s.sum.Said <= version {
		return nil
	}
	events, err := x.center.Transcript(x.r.Context(), s.id)
	if err != nil {
		return err
	}
	return x.outdated(s, version, events)
}

func (x *call) outdated(s *subject, version uint64, events []queue.Event) error {
	f := problem(http.StatusConflict, "outdated", "the conversation has gone on: read what is new, then send again")
	for _, it := range items(events) {
		mine := it.From == "agent" && it.Agent == x.actor.Agent && x.actor.Agent != ""
		if it.Seq > version && it.Type == "message" && !mine {
			f.News = append(f.News, x.shown(it))
		}
	}
	if len(f.News) == 0 {
		return nil
	}
	f.Interaction, f.Version = s.id, s.sum.Seq
	return f
}

// start opens an interaction from our side.
func (c *Console) start(x *call) (any, error) {
	body := x.body.(*StartBody)
	to, err := recipient(body.To)
	if err != nil {
		return nil, err
	}
	if body.Override && !x.actor.may(Supervise) {
		return nil, errForbidden
	}
	o := usher.Outgoing{
		Campaign: body.Campaign, Agent: x.actor.Agent, Number: body.Number, To: to, Name: body.Name, Override: body.Override,
	}
	if body.Message != nil {
		m, err := x.compose(body.Message, body.Campaign)
		if err != nil {
			return nil, err
		}
		o.Message = &m
	}
	id, err := c.center.Start(x.r.Context(), o)
	if err != nil {
		return nil, err
	}
	return x.done(id)
}

// recipient reads an alias, or a phone number as people write them.
func recipient(to string) (channel.Alias, error) {
	alias, err := blacklist.ParseAlias(to)
	if err != nil {
		return "", invalid("to: %s", strings.TrimPrefix(err.Error(), "blacklist: "))
	}
	return channel.Alias(alias), nil
}

func (c *Console) accept(x *call) (any, error) {
	return x.agentsDo(x.offered, 0, func(s *subject) queue.Command {
		return queue.Accept{Agent: x.actor.Agent, Interaction: s.id}
	})
}

// ownDo is a command of the agent's on an interaction that is theirs.
func (x *call) ownDo(version uint64, command func(*subject) queue.Command) (any, error) {
	return x.agentsDo(x.own, version, command)
}

func (x *call) agentsDo(find func() (subject, error), version uint64, command func(*subject) queue.Command) (any, error) {
	s, err := find()
	if err != nil {
		return nil, err
	}
	if err := x.fresh(&s, version); err != nil {
		return nil, err
	}
	return x.do(&s, command(&s))
}

func (c *Console) decline(x *call) (any, error) {
	return x.agentsDo(x.offered, 0, func(s *subject) queue.Command {
		return queue.Decline{Agent: x.actor.Agent, Interaction: s.id, Reason: x.body.(*DeclineBody).Reason}
	})
}

func (c *Console) take(x *call) (any, error) {
	body := x.body.(*TakeBody)
	if body.Override && !x.actor.may(Supervise) {
		return nil, errForbidden
	}
	return x.agentsDo(x.offered, 0, func(s *subject) queue.Command {
		return queue.Take{Agent: x.actor.Agent, Interaction: s.id, Override: body.Override}
	})
}

func (c *Console) park(x *call) (any, error) {
	return x.ownDo(x.body.(*Empty).Version, func(s *subject) queue.Command {
		return queue.Park{Agent: x.actor.Agent, Interaction: s.id}
	})
}

func (c *Console) resume(x *call) (any, error) {
	return x.ownDo(x.body.(*Empty).Version, func(s *subject) queue.Command {
		return queue.Resume{Agent: x.actor.Agent, Interaction: s.id}
	})
}

func (c *Console) finish(x *call) (any, error) {
	body := x.body.(*FinishBody)
	if err := oneOf("disposition", body.Disposition, c.opts.Dispositions); err != nil {
		return nil, err
	}
	return x.ownDo(body.Version, func(s *subject) queue.Command {
		return queue.Finish{Agent: x.actor.Agent, Interaction: s.id, Disposition: body.Disposition, NoBot: body.NoBot}
	})
}

func oneOf(name, value string, valid []string) error {
	if value == "" || len(valid) == 0 {
		return nil
	}
	for _, v := range valid {
		if v == value {
			return nil
		}
	}
	return invalid("%s must be one of %s, is %q", name, strings.Join(valid, ", "), value)
}

// transfer hands an interaction on, by its agent or by a supervisor.
func (c *Console) transfer(x *call) (any, error) {
	body := x.body.(*TransferBody)
	s, err := x.own()
	if err != nil {
		return nil, err
	}
	if err := x.fresh(&s, body.Version); err != nil {
		return nil, err
	}
	agent, by, err := x.handler(&s)
	if err != nil {
		return nil, err
	}
	if (body.Agent == "") == (body.Campaign == "") {
		return nil, invalid("name either an agent or a campaign")
	}
	if body.Override && !x.actor.may(Supervise) {
		return nil, errForbidden
	}
	return x.do(&s, queue.Transfer{
		Interaction: s.id, Agent: agent, ToAgent: body.Agent, ToCampaign: body.Campaign, Override: body.Override,
		By: by, Reason: body.Reason,
	})
}

// handler returns the agent in whose name an interaction is handled: the actor's own if
// they have it, else, for a supervisor, the agent who does; by is the supervisor then.
func (x *call) handler(s *subject) (agent, by string, err error) {
	switch {
	case x.actor.may(Work) && s.view.Agent == x.actor.Agent:
		return x.actor.Agent, "", nil
	case x.actor.may(Supervise) && x.actor.covers(s.campaign()):
		return s.view.Agent, x.actor.ID, nil
	}
	f := problem(http.StatusConflict, "not_owner", "you do not have this interaction")
	f.Interaction = s.id
	return "", "", f
}

func (c *Console) cancelTransfer(x *call) (any, error) {
	s, err := x.own()
	if err != nil {
		return nil, err
	}
	agent, by, err := x.handler(&s)
	if err != nil {
		return nil, err
	}
	if by != "" {
		// The engine knows only the agent's own wish; that it was not, the note says.
		if err := x.remark(s.id, "transfer cancelled by supervisor"); err != nil {
			return nil, err
		}
	}
	return x.do(&s, queue.CancelTransfer{Interaction: s.id, Agent: agent})
}

// note leaves a remark for colleagues.
func (c *Console) note(x *call) (any, error) {
	s, err := x.own()
	if err != nil {
		return nil, err
	}
	text := x.body.(*NoteBody).Text
	if strings.TrimSpace(text) == "" || len(text) > maxNote || !utf8.ValidString(text) {
		return nil, invalid("text must be 1 to %d bytes of text", maxNote)
	}
	if err := x.remark(s.id, text); err != nil {
		return nil, err
	}
	return x.done(s.id)
}

func (x *call) remark(interaction, text string) error {
	data, _ := json.Marshal(noteData{Agent: x.actor.Agent, By: x.actor.ID, Text: text}) // plain data always marshals
	_, err := x.center.Do(x.r.Context(), queue.Note{Topic: topicNote, Interaction: interaction, Data: data})
	return err
}

// targets lists to whom an interaction can be handed.
func (c *Console) targets(x *call) (any, error) {
	s, err := x.own()
	if err != nil {
		return nil, err
	}
	b, err := x.book(x.r.Context())
	if err != nil {
		return nil, err
	}
	out := Targets{Agents: []TargetAgent{}, Campaigns: []CampaignRef{}}
	for _, a := range c.center.Agents() {
		m, member := b.member(s.campaign(), a.ID)
		if !member || a.ID == s.view.Agent {
			continue
		}
		out.Agents = append(out.Agents, TargetAgent{
			ID: a.ID, Name: b.agentName(a.ID), Activity: activity(a), Load: a.Load, Limit: a.Limit, Obstacle: obstacle(a, m),
		})
	}
	for _, v := range c.center.Campaigns() {
		if v.ID != s.campaign() {
			out.Campaigns = append(out.Campaigns, x.campaignRef(b, v))
		}
	}
	return out, nil
}

// obstacle is what a colleague sees of why an agent cannot be handed anything. The engine,
// which knows more, decides.
func obstacle(a queue.AgentView, m usher.Member) string {
	switch {
	case a.State != queue.Available:
		return string(a.State)
	case m.NoReceive:
		return "no receive permission"
	case !a.WrapUntil.IsZero():
		return "wrap-up"
	case a.Load >= a.Limit:
		return "full"
	case a.Delay.After(time.Time{}):
		return "delayed"
	}
	return ""
}
