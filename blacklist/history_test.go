package blacklist_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/blacklist"
)

func attempt(n int) blacklist.Attempt {
	return blacklist.Attempt{
		Time: noon.Add(time.Duration(n) * time.Minute), Campaign: "sales", Direction: blacklist.Incoming,
		Aliases: []string{fmt.Sprintf("user:US.%d", n)}, Number: "+551140000000",
	}
}

func names(attempts []blacklist.Attempt) []string {
	out := []string{}
	for _, a := range attempts {
		out = append(out, a.Aliases[0])
	}
	return out
}

func TestHistoryKeepsTheLatest(t *testing.T) {
	h := blacklist.NewHistory(blacklist.Retention{Count: 3})
	for n := range 8 {
		h.Record(attempt(n))
	}
	assert.Equal(t, []string{"user:US.7", "user:US.6", "user:US.5"}, names(h.Attempts(blacklist.Filter{})))
	assert.Equal(t, blacklist.Totals{Recorded: 8, Kept: 3, Overflowed: 5}, h.Totals())
}

func TestHistoryAge(t *testing.T) {
	h := blacklist.NewHistory(blacklist.Retention{Age: 2 * time.Minute})
	for n := range 4 {
		h.Record(attempt(n))
	}
	assert.Equal(t, []string{"user:US.3", "user:US.2", "user:US.1"}, names(h.Attempts(blacklist.Filter{})),
		"one that is exactly as old as the limit stays")
	h.Prune(attempt(5).Time)
	assert.Equal(t, []string{"user:US.3"}, names(h.Attempts(blacklist.Filter{})))
	h.Prune(attempt(100).Time)
	assert.Equal(t, blacklist.Totals{Recorded: 4, Expired: 4}, h.Totals())
	h.Record(attempt(101))
	assert.Equal(t, uint64(1), h.Totals().Kept)
}

func TestHistoryDefaults(t *testing.T) {
	var zero blacklist.History
	for name, h := range map[string]*blacklist.History{"zero": &zero, "new": blacklist.NewHistory(blacklist.Retention{Count: -1, Age: -1})} {
		t.Run(name, func(t *testing.T) {
			for n := range blacklist.DefaultCount + 1 {
				h.Record(attempt(n))
			}
			assert.Equal(t, uint64(blacklist.DefaultCount), h.Totals().Kept)
			assert.Equal(t, uint64(1), h.Totals().Overflowed)
		})
	}
}

func TestHistoryFilter(t *testing.T) {
	h := blacklist.NewHistory(blacklist.Retention{})
	for n, a := range []blacklist.Attempt{
		{Campaign: "sales", Direction: blacklist.Incoming, Aliases: []string{"user:US.1", "phone:551187654321"}},
		{Campaign: "sales", Direction: blacklist.Outgoing, Aliases: []string{"phone:5511987654321"}, By: "ana"},
		{Campaign: "support", Direction: blacklist.Incoming, Aliases: []string{"name:Maria"}},
		{Campaign: "sales", Direction: blacklist.Incoming},
	} {
		a.Time, a.Reason = noon.Add(time.Duration(n)*time.Minute), fmt.Sprint(n)
		h.Record(a)
	}
	for name, c := range map[string]struct {
		f    blacklist.Filter
		want string
	}{
		"all, latest first":        {blacklist.Filter{}, "3210"},
		"campaign":                 {blacklist.Filter{Campaign: "support"}, "2"},
		"direction":                {blacklist.Filter{Direction: blacklist.Outgoing}, "1"},
		"both directions":          {blacklist.Filter{Direction: blacklist.Both}, "3210"},
		"phone in either form":     {blacklist.Filter{Alias: "+55 11 98765-4321"}, "10"},
		"user name":                {blacklist.Filter{Alias: "@MARIA"}, "2"},
		"from inclusive":           {blacklist.Filter{From: noon.Add(2 * time.Minute)}, "32"},
		"to exclusive":             {blacklist.Filter{To: noon.Add(2 * time.Minute)}, "10"},
		"limit counts what passes": {blacklist.Filter{Campaign: "sales", Limit: 2}, "31"},
		"nothing":                  {blacklist.Filter{Campaign: "none"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, a := range h.Attempts(c.f) {
				got += a.Reason
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestHistoryIsNotShared(t *testing.T) {
	h := blacklist.NewHistory(blacklist.Retention{})
	a := attempt(1)
	h.Record(a)
	a.Aliases[0] = "changed"
	h.Attempts(blacklist.Filter{})[0].Aliases[0] = "changed too"
	assert.Equal(t, []string{"user:US.1"}, names(h.Attempts(blacklist.Filter{})))
}

func TestAttemptJSON(t *testing.T) {
	a := attempt(1)
	a.Entry = blacklist.Entry{Alias: "user:US.1", Direction: blacklist.Both, Expires: noon}
	data, err := json.Marshal(a)
	require.NoError(t, err)
	var back blacklist.Attempt
	require.NoError(t, json.Unmarshal(data, &back))
	assert.Equal(t, a, back)
}

// TestHistoryNeverLosesSilently checks the books after every step of random recording.
func TestHistoryNeverLosesSilently(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		keep := blacklist.Retention{Count: 1 + r.IntN(20), Age: time.Duration(r.IntN(30)) * time.Minute}
		h := blacklist.NewHistory(keep)
		for n := range 500 {
			at := n + r.IntN(7) - 3 // attempts come a little out of order
			h.Record(attempt(at))
			if r.IntN(20) == 0 {
				h.Prune(attempt(at + r.IntN(40)).Time)
			}
			got := h.Totals()
			require.Equal(t, uint64(n+1), got.Recorded)
			require.Equal(t, got.Recorded, got.Kept+got.Overflowed+got.Expired)
			require.Len(t, h.Attempts(blacklist.Filter{}), int(got.Kept))
			require.LessOrEqual(t, got.Kept, uint64(keep.Count))
		}
	}
}

func TestHistoryConcurrently(t *testing.T) {
	h := blacklist.NewHistory(blacklist.Retention{Count: 50})
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			for n := range 200 {
				h.Record(attempt(n))
				_ = h.Attempts(blacklist.Filter{Limit: 3})
			}
		})
	}
	done.Wait()
	assert.Equal(t, blacklist.Totals{Recorded: 1600, Kept: 50, Overflowed: 1550}, h.Totals())
}
