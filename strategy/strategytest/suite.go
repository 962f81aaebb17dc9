package strategytest

import (
	"fmt"
	"testing"

	"github.com/usher-go/usher/strategy"
)

// Run checks the rules of [strategy.Strategy], and of the add-ons it has, each in a subtest
// that is named after the rule. Open returns a new value every time it is called; it is
// called several times for each rule, because what a value remembers, or shares with
// another, is one of the things that go wrong.
func Run(t *testing.T, open func() strategy.Strategy) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) { r.run(t, open) })
	}
}

type rule struct {
	name  string
	check func(b *bench)
}

var rules = []rule{
	{"the name is set and stays the same", checkName},
	{"an answer depends on nothing but the candidate", checkPure},
	{"no candidate is too extreme", checkExtremes},
	{"an answer is quick", checkQuick},
	{"weights are 1 to 2^44", checkWeights},
	{"an idle agent may take", checkIdleMayTake},
	{"choosing depends on nothing but the list and the draw, and changes neither", checkChoose},
	{"nobody waits beside an agent who could be asked", checkConserving},
	{"a lower tier is exhausted before the next", checkTiers},
	{"the lowest key is asked first; ties go by fewer active, then the order of members", checkOrder},
	{"what is to be taken is shown to all who may, and the first to take it has it", checkPull},
	{"nobody has more than their limit", checkLimits},
	{"the same commands give the same events", checkDeterminism},
	{"a replay and a snapshot give the same state, and go on alike", checkReplay},
}

func (r rule) run(t testing.TB, open func() strategy.Strategy) {
	t.Helper()
	b := &bench{TB: t, rule: r.name, open: open}
	defer func() {
		if p := recover(); p != nil {
			b.Errorf("rule broken: %s: it panicked: %v", b.rule, p)
		}
	}()
	r.check(b)
}

// bench is one rule being checked.
type bench struct {
	testing.TB
	rule string
	open func() strategy.Strategy
}

// broken reports a broken rule and ends the check.
func (b *bench) broken(format string, args ...any) {
	b.Helper()
	b.Fatalf("rule broken: %s: %s", b.rule, fmt.Sprintf(format, args...))
}

// must is for what is no fault of the strategy's.
func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatalf("strategytest: %v", err)
	}
}
