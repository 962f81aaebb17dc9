package queue

import "slices"

// Explanation says which agents were considered for an interaction and why each was or
// was not chosen. It is made by the code that decides. On the event of an assignment it
// is short: who was chosen, the next three, and how many stood aside for which reason.
type Explanation struct {
	// Strategy that chose; "take" or "assign" where somebody did.
	Strategy string `json:"strategy"`
	Chosen   string `json:"chosen,omitempty"`
	// Next are those who would have been chosen next, at most three.
	Next []string `json:"next,omitempty"`
	// Counts says how many members there are of each reason, "eligible" included.
	Counts []ReasonCount `json:"counts,omitempty"`
	// Waiting says what the interaction itself waits for, such as "held until opening".
	Waiting string `json:"waiting,omitempty"`
	// Candidates are all members; only [Engine.Explain] fills it.
	Candidates []Considered `json:"candidates,omitempty"`
}

// ReasonCount is how many members were not chosen for one reason.
type ReasonCount struct {
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// Considered is one member and what stood in the way, "" if nothing did.
type Considered struct {
	Agent  string `json:"agent"`
	Reason string `json:"reason,omitempty"`
}

// explained is an explanation with the room for its lists, so that it is one allocation.
type explained struct {
	Explanation
	next   [3]string
	counts [3]ReasonCount // more than that is rare
}

// explained are made so many at a time: one is made for every assignment, and all are
// given away.
const explainedAtOnce = 32

func (e *Engine) newExplained() *explained {
	if len(e.explained) == 0 {
		e.explained = make([]explained, explainedAtOnce)
	}
	x := &e.explained[0]
	e.explained = e.explained[1:]
	return x
}

// explain is the explanation of giving in to m, before it happens.
func (e *Engine) explain(in *interaction, m *member) *Explanation {
	c := in.camp
	x := e.newExplained()
	x.Strategy, x.Chosen = c.strategy, m.id
	x.Next = x.next[:0]
	if in.only == nil {
		var next [3]*member
		n := e.runnersUp(in, m, &next)
		for _, r := range next[:n] {
			x.Next = append(x.Next, r.id)
		}
	}
	x.Counts = x.counts[:0]
	able := 0
	for _, p := range c.servers(in.class) {
		able += p.free.len()
	}
	if n := c.reasons[eligible] - able; n > 0 {
		x.Counts = append(x.Counts, ReasonCount{"other skills, tier or room", n})
	}
	round := in.round
	if in.askedThisRound(m.agent) {
		round++ // the next begins with this offer
	}
	paused, asked := e.askedOf(in, round)
	able -= paused + asked
	if paused > 0 {
		x.Counts = append(x.Counts, ReasonCount{declinedBefore, paused})
	}
	if asked > 0 {
		x.Counts = append(x.Counts, ReasonCount{askedInRound, asked})
	}
	if able > 0 {
		x.Counts = append(x.Counts, ReasonCount{reasonTexts[eligible], able})
	}
	for r := eligible + 1; r < reasons; r++ {
		if n := c.reasons[r]; n > 0 {
			x.Counts = append(x.Counts, ReasonCount{reasonTexts[r], n})
		}
	}
	return &x.Explanation
}

// Why an agent who could serve an interaction is not asked for it.
const (
	declinedBefore = "declined before"     // not again before the decline memory has passed
	askedInRound   = "asked in this round" // not again before the others
)

// askedOf counts those who could be asked but for having been asked before: paused are kept
// from it for a time, asked stand behind those who were not asked in that round.
func (e *Engine) askedOf(in *interaction, round int) (paused, asked int) {
	for i := range in.history {
		x := &in.history[i]
		m := x.agent.member(in.camp)
		switch {
		case m == nil || m.pool == nil || !m.pool.serves(in.class):
		case in.pauseEnds(x) > e.now:
			paused++
		case x.round == round:
			asked++
		}
	}
	return paused, asked
}

// explainGift is the explanation of an interaction that somebody takes or assigns: who
// would have been chosen, had nobody done so. It is nil for one that does not wait.
func (e *Engine) explainGift(in *interaction, a *agent) *Explanation {
	if in.class == nil {
		return nil
	}
	m := a.member(in.camp)
	if m == nil {
		m = &member{id: a.id} // by override
	}
	x := e.explain(in, m)
	x.Strategy = e.cause
	return x
}

// runnersUp finds the three who come after the chosen one: of those who were not asked
// before, in the order of their keys or, where lots are drawn, of the next draws; then of
// those who were, the one asked longest ago first.
func (e *Engine) runnersUp(in *interaction, chosen *member, best *[3]*member) (n int) {
	e.markAsked(in)
	if in.camp.draw != nil {
		n = e.nextLots(in, chosen, best)
	} else {
		n = e.nextNew(in, chosen, best)
	}
	for i := 0; i < len(in.history) && n < len(best); i++ {
		x := &in.history[i]
		m := x.agent.member(in.camp)
		if m != nil && m != chosen && m.pool != nil && m.pool.serves(in.class) && in.pauseEnds(x) <= e.now {
			best[n] = m
			n++
		}
	}
	return n
}

// nextNew is the part of runnersUp for strategies that order agents by their keys.
func (e *Engine) nextNew(in *interaction, chosen *member, best *[3]*member) (n int) {
	c, k := in.camp, in.class
	var level *pool // of the pools whose members are compared with one another,
	from := 0       // and the first of best that is of them
	for _, p := range c.servers(k) {
		first, _, some := p.free.first()
		switch {
		case !some:
			continue
		case level == nil || !c.sameLevel(level, p, k):
			if n == len(best) {
				return n
			}
			level, from = p, n
		case n == len(best) && !first.less(&best[n-1].rank):
			continue // it has nobody better than the third so far
		}
		n = e.nextOf(p, len(in.history) > 0, chosen, best, from, n)
	}
	return n
}

func (e *Engine) nextOf(p *pool, marked bool, chosen *member, best *[3]*member, from, n int) int {
	consider := func(m *member) (more bool) {
		switch {
		case m == chosen || e.wasAsked(m.agent):
			return true
		case n == len(best) && !m.rank.less(&best[n-1].rank):
			return false
		}
		i := n
		for i > from && m.rank.less(&best[i-1].rank) {
			i--
		}
		n = min(n+1, len(best))
		copy(best[i+1:n], best[i:n-1])
		best[i] = m
		return true
	}
	if marked {
		p.free.each(func(_ rank, m *member) bool { return consider(m) })
		return n
	}
	var front [len(best) + 1]*member // the chosen one may be among them
	first := n == from               // of the first pool they are in order
	for _, m := range front[:p.free.head(front[:])] {
		switch {
		case first && m != chosen && n < len(best):
			best[n] = m
			n++
		case !first && !consider(m):
			return n
		}
	}
	return n
}

// moreLots is how many further draws an explanation looks at.
const moreLots = 12

func (e *Engine) nextLots(in *interaction, chosen *member, best *[3]*member) (n int) {
	group, total, _ := lots(in.camp.servers(in.class))
	if total == 0 {
		return 0
	}
	for try := range uint64(moreLots) {
		m := pick(group, below(e.draw(drawTries+try), total))
		if m != chosen && !e.wasAsked(m.agent) && !slices.Contains(best[:n], m) {
			best[n] = m
			n++
		}
		if n == len(best) {
			break
		}
	}
	return n
}

// Explain says, for a waiting interaction, what stands between it and every member of its
// campaign. For one that is not waiting the error is an *[Error] of [ErrNotWaiting].
func (e *Engine) Explain(interaction string) (Explanation, error) {
	e.cause = "explain"
	in, err := e.findInteraction(interaction)
	if err != nil {
		return Explanation{}, err
	}
	if in.phase != inQueue {
		return Explanation{}, e.refuse(ErrNotWaiting, in, "")
	}
	c := in.camp
	x := Explanation{Strategy: c.strategy, Waiting: e.waitingFor(in)}
	counts := map[string]int{}
	for _, m := range c.members {
		why := e.against(m, in)
		if why == "" && in.offered != nil && in.askedThisRound(m.agent) {
			why = askedInRound
		}
		x.Candidates = append(x.Candidates, Considered{m.agent.id, why})
		if why == "" {
			why = reasonTexts[eligible]
		}
		counts[why]++
	}
	for why, n := range counts {
		x.Counts = append(x.Counts, ReasonCount{why, n})
	}
	slices.SortFunc(x.Counts, func(a, b ReasonCount) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		if a.Reason < b.Reason {
			return -1
		}
		return 1
	})
	return x, nil
}

// against is everything that may stand between a member and an interaction that waits.
// Who has nothing against them is who is asked, and who may take it.
func (e *Engine) against(m *member, in *interaction) string {
	switch {
	case m.blocked != eligible:
		return reasonTexts[m.blocked]
	case in.offered == m.agent:
		return "being asked"
	case e.mismatch(m, in) != "":
		return e.mismatch(m, in)
	case e.reserved(m, in) != "":
		return e.reserved(m, in)
	case e.pausedFor(in, m.agent):
		return declinedBefore
	}
	return ""
}

// reserved says why an interaction that waits is not for a member yet, who could have it.
func (e *Engine) reserved(m *member, in *interaction) string {
	switch {
	case in.only != nil && in.only != m.agent:
		return "waits for agent " + in.only.id
	case in.only == nil && m.cfg.Tier > m.camp.openTier(in.tier):
		return "tier not open yet"
	case m.camp.held():
		return "held until opening"
	}
	return ""
}

func (e *Engine) waitingFor(in *interaction) string {
	switch {
	case in.offered != nil:
		return "the answer of agent " + in.offered.id
	case in.camp.held():
		return "held until opening"
	case in.camp.pull != nil:
		return "somebody to take it"
	case in.only != nil:
		return "agent " + in.only.id
	}
	return "an eligible agent"
}
