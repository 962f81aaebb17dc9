package queue

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/usher-go/usher/strategy"
)

// Strategies of the host are foreign code that runs in the middle of a decision. Each call
// is guarded: a panic or an invalid result is a failure, and the decision uses the default
// order instead, which is the place in the list of members:
//
//   - Key: the agent goes behind those whose key is known, in the default order.
//   - Weight: the agent weighs 1.
//   - MayTake: the agent may take.
//   - Choose: the first candidate in the default order is chosen.
//
// A failure is found while events are folded, so it is recorded after the decision, by a
// [StrategyFailed] event. After [MaxStrategyFailures] the campaign uses the default order
// for everything, until it is configured again.
//
// A strategy that ends the goroutine (runtime.Goexit) cannot be guarded against: the engine
// then refuses every further step with [ErrInterrupted].

// MaxStrategyFailures is how many failures of a strategy, since the campaign was configured,
// disable it for that campaign.
const MaxStrategyFailures = 3

// DefaultOrder is what an [Explanation] names as the strategy of a campaign whose own was
// disabled.
const DefaultOrder = "default order"

// maxWeight is the largest weight of a [strategy.Drawer].
const maxWeight = 1 << 44

// maxFailureText bounds the reason of a failure in bytes; what a panic says may be long.
const maxFailureText = 200

// failure is a failed call of a campaign's strategy that is not recorded yet.
type failure struct {
	camp          *campaign
	agent, reason string
}

// guard performs one call of c's strategy about an agent ("" = about several) and reports
// whether it succeeded. f returns what is wrong with the result, "" if nothing.
func (e *Engine) guard(c *campaign, agent, call string, f func() (fault string)) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			ok = false
			e.strategyFailed(c, agent, call+": panic: "+fmt.Sprint(p))
		}
	}()
	if fault := f(); fault != "" {
		e.strategyFailed(c, agent, call+": "+fault)
		return false
	}
	return true
}

// strategyFailed keeps a failure until the decision is complete, as many of a campaign as
// are needed to disable its strategy.
func (e *Engine) strategyFailed(c *campaign, agent, reason string) {
	if c.unrecorded < MaxStrategyFailures {
		c.unrecorded++
		e.failures = append(e.failures, failure{c, agent, shorten(reason)})
	}
}

// shorten returns at most maxFailureText bytes of s, as valid UTF-8.
func shorten(s string) string { return strings.ToValidUTF8(cut(s), "\ufffd") }

// cut returns at most maxFailureText bytes of s, without dividing a character.
func cut(s string) string {
	if len(s) <= maxFailureText {
		return s
	}
	n := maxFailureText
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// recordFailures records what failed in the decisions just made, then makes those that
// follow from it.
func (e *Engine) recordFailures() {
	for len(e.failures) > 0 {
		list := e.failures
		e.failures = nil
		for _, f := range list {
			c := f.camp
			c.unrecorded = 0
			if c.disabled || e.campaigns[c.id] != c {
				continue
			}
			n := c.failures + 1
			e.put(Event{
				Kind: StrategyFailed, Campaign: c.id, Agent: f.agent, Topic: c.strategy, Reason: f.reason,
				Count: n, Failed: n >= MaxStrategyFailures,
			})
		}
		e.settle()
	}
}

// forgetFailures drops what failed while recorded events were folded: it was recorded when
// they were decided.
func (e *Engine) forgetFailures() {
	for _, f := range e.failures {
		f.camp.unrecorded = 0
	}
	e.failures = nil
}

// applyStrategyFailed counts a failure. The last one disables the strategy.
func (e *Engine) applyStrategyFailed(ev *Event, c *campaign) {
	c.failures = ev.Count
	if ev.Failed {
		c.disabled = true
		e.deriveStrategy(c)
		e.rebuild(c, e.ofCampaign(c, waits))
	}
}

// deriveStrategy works out how agents of c are chosen. A campaign of a pull strategy remains
// one when the strategy is disabled: then every eligible agent may take.
func (e *Engine) deriveStrategy(c *campaign) {
	name := c.cfg.Strategy
	if name == "" {
		name = strategy.Default
	}
	c.strategy, c.order, c.foreign = name, e.strategies[name], !e.builtin[name]
	if c.order == nil { // see Needs
		c.strategy, c.order, c.foreign = strategy.Default, e.strategies[strategy.Default], false
	}
	c.pull, _ = c.order.(strategy.Puller)
	c.draw, _ = c.order.(strategy.Drawer)
	c.choose, _ = c.order.(strategy.Chooser)
	_, c.bySkill = c.order.(strategy.SkillRanker)
	if c.disabled {
		c.strategy, c.draw, c.choose, c.bySkill = DefaultOrder, nil, nil, false
	}
}

// rankOf returns the place of a free member among the others.
func (e *Engine) rankOf(m *member) rank {
	c := m.camp
	if c.disabled {
		return rank{d: int64(m.position)}
	}
	var key strategy.Key
	if !c.foreign {
		key = c.order.Key(m.candidate())
	} else if !e.guard(c, m.id, "Key", func() string { key = c.order.Key(m.candidate()); return "" }) {
		return rank{a: math.MaxInt64, d: int64(m.position)}
	}
	return rank{key.First, int64(m.agent.active), key.Second, int64(m.position)}
}

// weightOf returns the weight of a free member in its pool: where lots are drawn, its weight
// in the draw; where agents take interactions themselves, how many it can take now; else 1.
func (e *Engine) weightOf(m *member, room int) uint64 {
	c := m.camp
	switch {
	case c.pull != nil:
		return e.takes(m, room)
	case c.draw == nil:
		return 1
	case !c.foreign:
		return max(c.draw.Weight(m.candidate()), 1)
	}
	weight := uint64(1)
	if !e.guard(c, m.id, "Weight", func() string {
		if weight = c.draw.Weight(m.candidate()); weight < 1 || weight > maxWeight {
			return fmt.Sprintf("must be 1 to 2⁴⁴, is %d", weight)
		}
		return ""
	}) {
		return 1
	}
	return weight
}

// mayPull reports whether the campaign's pull strategy lets a member take when its state is x.
func (e *Engine) mayPull(m *member, x strategy.Candidate) bool {
	c := m.camp
	switch {
	case c.disabled:
		return true
	case !c.foreign:
		return c.pull.MayTake(x)
	}
	may := true
	return !e.guard(c, m.id, "MayTake", func() string { may = c.pull.MayTake(x); return "" }) || may
}

// chooseAmong returns the index that the campaign's strategy chooses among e.choices.
func (e *Engine) chooseAmong(c *campaign, draw uint64) int {
	i := 0
	if e.guard(c, "", "Choose", func() string {
		if i = c.choose.Choose(e.choices, draw); i < 0 || i >= len(e.choices) {
			return fmt.Sprintf("must be 0 to %d, is %d", len(e.choices)-1, i)
		}
		return ""
	}) {
		return i
	}
	i = 0
	for k, m := range e.members {
		if m.position < e.members[i].position {
			i = k
		}
	}
	return i
}
