package crashtest_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// callDeadline bounds every call that the witness times. It is also the timeout of the
// stand-in's HTTP client, so that a webhook call without an answer is late.
const callDeadline = 5 * time.Second

// ordering checks that the items of each customer arrive in the order in which they were
// promised. Items that were never promised, and repetitions, are not checked.
type ordering struct {
	rank map[string]int    // by item
	last map[string]string // by customer: the item that arrived last
	seen map[string]bool   // items that arrived
}

func newOrdering() *ordering {
	return &ordering{rank: map[string]int{}, last: map[string]string{}, seen: map[string]bool{}}
}

func (o *ordering) promise(item string) { o.rank[item] = len(o.rank) + 1 }

// arrive returns an error when a later item of the same customer arrived before item.
func (o *ordering) arrive(customer, item string) error {
	if o.rank[item] == 0 || o.seen[item] {
		return nil
	}
	o.seen[item] = true
	before := o.last[customer]
	o.last[customer] = item
	if o.rank[before] > o.rank[item] {
		return fmt.Errorf("customer %s: %q arrived after %q and was promised before it", customer, item, before)
	}
	return nil
}

// calls counts calls and keeps the longest. It is safe for concurrent use.
type calls struct {
	mu      sync.Mutex
	n       int
	longest time.Duration
	name    string // of the longest
}

func (c *calls) took(name string, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	if d > c.longest {
		c.longest, c.name = d, name
	}
}

// late returns an error when a call took longer than callDeadline.
func (c *calls) late() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.longest > callDeadline {
		return fmt.Errorf("%s took %v, the deadline is %v", c.name, c.longest, callDeadline)
	}
	return nil
}

// read counts a call that the child reports, and says whether the line is such a report.
func (c *calls) read(line string) bool {
	var name string
	var d time.Duration
	if _, err := fmt.Sscanf(line, "call %s %d", &name, &d); err != nil {
		return false
	}
	c.took(name, d)
	return true
}

func TestTheWitnessSeesAnInversion(t *testing.T) {
	o := newOrdering()
	for _, item := range []string{"a1", "b1", "a2", "a3"} {
		o.promise(item)
	}
	require.NoError(t, o.arrive("a", "a1"))
	require.NoError(t, o.arrive("a", "a3"))
	require.NoError(t, o.arrive("b", "b1"), "the customers are independent")
	require.NoError(t, o.arrive("a", "never promised"))
	require.NoError(t, o.arrive("a", "a1"), "a repetition")
	require.ErrorContains(t, o.arrive("a", "a2"), `customer a: "a2" arrived after "a3"`)
}

func TestTheWitnessSeesALateCall(t *testing.T) {
	var c calls
	assert.True(t, c.read("call send 5000000000"))
	assert.False(t, c.read("answered"))
	require.NoError(t, c.late())
	assert.True(t, c.read("call send 5000000001"))
	c.took("webhook", time.Second)
	require.ErrorContains(t, c.late(), "send took 5.000000001s")
	assert.Equal(t, 3, c.n)
}
