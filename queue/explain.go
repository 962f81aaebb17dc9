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
		n := runnersUp(c.servers(in.class), m, in, &next)
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
	if n := in.decliners(); n > 0 {
		able -= n
		x.Counts = append(x.Counts, ReasonCount{"declined before", n})
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

// decliners counts those who could have been asked but for having declined before.
func (in *interaction) decliners() (n int) {
	for _, d := range in.memory {
		if m := d.agent.member(in.camp); m != nil && m.pool != nil && m.pool.serves(in.class) {
			n++
		}
	}
	return n
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

// runnersUp finds the three who come after the chosen one. Each pool is sorted, so it is
// left as soon as it has nobody better than the third so far.
func runnersUp(pools []*pool, chosen *member, in *interaction, best *[3]*member) (n int) {
	for _, p := range pools {
		if p.free.len() == 0 {
			continue
		}
		if n == len(best) && best[n-1].comesBefore(p) {
			break
		}
		n = p.runnersUp(chosen, in, best, n)
	}
	return n
}

func (p *pool) runnersUp(chosen *member, in *interaction, best *[3]*member, n int) int {
	consider := func(m *member) (more bool) {
		switch {
		case m == chosen || in.remembers(m.agent):
			return true
		case n == len(best) && !m.ahead(best[n-1]):
			return false
		}
		n = insertBest(best, n, m)
		return true
	}
	if len(in.memory) == 0 { // so that those who matter are the first few
		var front [len(best) + 1]*member
		first := n == 0 // of the first pool they are in order
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
	p.free.each(func(_ rank, m *member) bool { return consider(m) })
	return n
}

// comesBefore reports whether every member of p stands behind m by tier or occupation.
func (m *member) comesBefore(p *pool) bool {
	return m.pool.tier < p.tier || m.pool.tier == p.tier && !m.pool.busy && p.busy
}

// ahead orders members of different pools as the engine would try them.
func (m *member) ahead(o *member) bool {
	switch {
	case m.pool.tier != o.pool.tier:
		return m.pool.tier < o.pool.tier
	case m.pool.busy != o.pool.busy:
		return !m.pool.busy
	}
	return m.rank.less(&o.rank)
}

func insertBest(best *[3]*member, n int, m *member) int {
	i := n
	for i > 0 && m.ahead(best[i-1]) {
		i--
	}
	if i >= len(best) {
		return n
	}
	n = min(n+1, len(best))
	copy(best[i+1:n], best[i:n-1])
	best[i] = m
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
	case in.remembers(m.agent):
		return "declined before"
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
