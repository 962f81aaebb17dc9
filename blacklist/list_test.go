package blacklist_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/blacklist"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func listOf(t *testing.T, entries ...blacklist.Entry) *blacklist.List {
	t.Helper()
	var l blacklist.List
	require.NoError(t, l.Add(entries...))
	return &l
}

func incoming(campaign string, aliases ...string) blacklist.Query {
	return blacklist.Query{Campaign: campaign, Direction: blacklist.Incoming, Aliases: aliases, Now: noon}
}

// TestMatchForms is line 38 of the scenarios.
func TestMatchForms(t *testing.T) {
	for name, c := range map[string]struct {
		entry, query string
		want         bool
	}{
		"same":                                {"+55 11 98765-4321", "phone:5511987654321", true},
		"brazil, listed with 9":               {"phone:5511987654321", "phone:551187654321", true},
		"brazil, listed without 9":            {"phone:551187654321", "phone:5511987654321", true},
		"brazil landline and a mobile":        {"phone:551132345678", "phone:5511932345678", false},
		"brazil mobile and a landline":        {"phone:5511932345678", "phone:551132345678", false},
		"mexico, listed with 1":               {"phone:5215512345678", "phone:525512345678", true},
		"mexico, listed without 1":            {"phone:525512345678", "phone:5215512345678", true},
		"argentina, listed without 9":         {"phone:541123456789", "phone:5491123456789", true},
		"argentina, 54 may be a landline":     {"phone:5491123456789", "phone:541123456789", false},
		"user id":                             {"user:US.1349", "user:US.1349", true},
		"user id of another case":             {"user:US.1349a", "user:US.1349A", false},
		"user id of the same digits as phone": {"phone:5511987654321", "user:5511987654321", false},
		"user name without @, other case":     {"@maria", "name:Maria", true},
		"query written by hand":               {"phone:5511987654321", "+55 11 98765 4321", true},
		"query that is no alias":              {"phone:5511987654321", "5511987654321", false},
	} {
		t.Run(name, func(t *testing.T) {
			l := listOf(t, blacklist.Entry{Alias: c.entry})
			assert.Equal(t, c.want, l.Match(incoming("sales", c.query)).Blocked)
		})
	}
}

func TestMatchScopeAndDirection(t *testing.T) {
	const maria = "phone:5511987654321"
	for name, c := range map[string]struct {
		entry blacklist.Entry
		query blacklist.Query
		want  bool
	}{
		"all campaigns":              {blacklist.Entry{}, incoming("sales", maria), true},
		"this campaign":              {blacklist.Entry{Scope: "sales"}, incoming("sales", maria), true},
		"another campaign":           {blacklist.Entry{Scope: "support"}, incoming("sales", maria), false},
		"no campaign asked":          {blacklist.Entry{Scope: "sales"}, incoming("", maria), false},
		"no campaign, all campaigns": {blacklist.Entry{}, incoming("", maria), true},
		"incoming only":              {blacklist.Entry{Direction: blacklist.Incoming}, incoming("sales", maria), true},
		"outgoing only":              {blacklist.Entry{Direction: blacklist.Outgoing}, incoming("sales", maria), false},
		"both":                       {blacklist.Entry{Direction: blacklist.Both}, incoming("sales", maria), true},
		"any direction asked":        {blacklist.Entry{Direction: blacklist.Outgoing}, blacklist.Query{Aliases: []string{maria}}, true},
		"second alias is enough":     {blacklist.Entry{}, incoming("sales", "user:US.1", maria), true},
		"no alias":                   {blacklist.Entry{}, incoming("sales"), false},
		"before it expires":          {blacklist.Entry{Expires: noon.Add(1)}, incoming("sales", maria), true},
		"at the instant it expires":  {blacklist.Entry{Expires: noon}, incoming("sales", maria), false},
		"after it expired":           {blacklist.Entry{Expires: noon.Add(-time.Hour)}, incoming("sales", maria), false},
	} {
		t.Run(name, func(t *testing.T) {
			c.entry.Alias = maria
			v := listOf(t, c.entry).Match(c.query)
			assert.Equal(t, c.want, v.Blocked)
			if c.want {
				assert.Equal(t, maria, v.Entry.Alias)
			} else {
				assert.Zero(t, v.Entry)
			}
		})
	}
}

func TestMatchPrefers(t *testing.T) {
	const maria, old = "phone:5511987654321", "phone:551187654321"
	for name, c := range map[string]struct {
		entries []blacklist.Entry // the first is the one to be named
	}{
		"the exact form":                   {[]blacklist.Entry{{Alias: maria}, {Alias: old, Scope: "sales"}}},
		"the campaign's own":               {[]blacklist.Entry{{Alias: maria, Scope: "sales"}, {Alias: maria, Direction: blacklist.Incoming}}},
		"the asked direction":              {[]blacklist.Entry{{Alias: maria, Direction: blacklist.Incoming}, {Alias: maria}}},
		"the earlier alias":                {[]blacklist.Entry{{Alias: old}, {Alias: "user:US.1", Scope: "sales"}}},
		"one that holds over one that did": {[]blacklist.Entry{{Alias: maria}, {Alias: maria, Scope: "sales", Expires: noon}}},
	} {
		t.Run(name, func(t *testing.T) {
			want := c.entries[0]
			for i := range c.entries {
				c.entries[i].Reason = fmt.Sprint("entry ", i)
			}
			v := listOf(t, c.entries...).Match(incoming("sales", maria, "user:US.1"))
			require.True(t, v.Blocked)
			assert.Equal(t, "entry 0", v.Entry.Reason)
			assert.Equal(t, want.Alias, v.Entry.Alias)
		})
	}
}

func TestAddAndRemove(t *testing.T) {
	l := listOf(t, blacklist.Entry{Alias: "+5511987654321", Reason: "first"}, blacklist.Entry{Alias: "user:US.1"})
	require.NoError(t, l.Add(blacklist.Entry{Alias: "phone:5511987654321", Direction: blacklist.Both, Reason: "second"}))
	require.Equal(t, 2, l.Len(), "the same alias, scope and direction is the same entry")
	require.NoError(t, l.Add(blacklist.Entry{Alias: "phone:5511987654321", Direction: blacklist.Incoming, Scope: "sales"}))
	require.Equal(t, 3, l.Len())

	e, ok := l.Remove("phone:551187654321", "", "")
	assert.False(t, ok, "another form is another entry, got %v", e)
	e, ok = l.Remove("+55 11 98765-4321", "", "")
	require.True(t, ok)
	assert.Equal(t, "second", e.Reason)
	_, ok = l.Remove("+55 11 98765-4321", "", "")
	assert.False(t, ok)
	_, ok = l.Remove("nonsense", "", "")
	assert.False(t, ok)
	assert.True(t, l.Match(incoming("sales", "phone:5511987654321")).Blocked, "the campaign's own is still there")
	assert.False(t, l.Match(incoming("support", "phone:5511987654321")).Blocked)
}

func TestAddReportsEveryFaultAndAddsNothing(t *testing.T) {
	var l blacklist.List
	err := l.Add(
		blacklist.Entry{Alias: "+5511987654321"},
		blacklist.Entry{Alias: "nobody", Direction: "sideways", Reason: "bell\a", Scope: "a\nb"},
		blacklist.Entry{
			Alias: "user:US.1", Author: strings.Repeat("x", 300), Created: noon, Expires: noon,
		},
		blacklist.Entry{Alias: "user:US.2", Reason: "\xff", Created: time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)},
	)
	var typed *blacklist.Error
	require.ErrorAs(t, err, &typed)
	var fields []string
	for _, f := range typed.Faults {
		fields = append(fields, f.Field)
	}
	assert.Equal(t, []string{
		"entries[1].alias", "entries[1].scope", "entries[1].reason", "entries[1].direction",
		"entries[2].author", "entries[2].expires", "entries[3].reason", "entries[3].created",
	}, fields)
	assert.ErrorContains(t, err, `entries[1].direction "sideways": is unknown; valid: incoming, outgoing, both`)
	assert.ErrorContains(t, err, "must be after created")
	assert.Zero(t, l.Len())
}

func TestSnapshotIsIdentity(t *testing.T) {
	here := time.FixedZone("here", -3*3600)
	l := listOf(t,
		blacklist.Entry{Alias: "@Maria", Reason: "two\r\nlines", Author: " ana ", Created: time.Now().In(here)},
		blacklist.Entry{Alias: "+5511987654321", Scope: "sales", Direction: blacklist.Outgoing, Expires: noon.In(here)},
		blacklist.Entry{Alias: "+5511987654321"},
	)
	first := l.Entries()
	data, err := json.Marshal(first)
	require.NoError(t, err)
	var loaded []blacklist.Entry
	require.NoError(t, json.Unmarshal(data, &loaded))
	assert.Equal(t, first, loaded)
	assert.Equal(t, first, listOf(t, loaded...).Entries())
	assert.Equal(t, []string{"name:@maria", "phone:5511987654321", "phone:5511987654321"},
		[]string{first[0].Alias, first[1].Alias, first[2].Alias}, "in order")
}

func TestPrune(t *testing.T) {
	l := listOf(t, blacklist.Entry{Alias: "user:US.1", Expires: noon}, blacklist.Entry{Alias: "user:US.2"})
	assert.Zero(t, l.Prune(noon.Add(-1)))
	assert.Equal(t, 1, l.Prune(noon))
	assert.Equal(t, 1, l.Len())
}

func TestListConcurrently(t *testing.T) {
	var l blacklist.List
	var done sync.WaitGroup
	for i := range 8 {
		done.Go(func() {
			for j := range 200 {
				alias := fmt.Sprintf("user:US.%d.%d", i, j)
				assert.NoError(t, l.Add(blacklist.Entry{Alias: alias}))
				v, err := l.Check(context.Background(), incoming("sales", alias))
				assert.NoError(t, err)
				assert.True(t, v.Blocked)
				if j%2 == 0 {
					_, ok := l.Remove(alias, "", "")
					assert.True(t, ok)
				}
				if j%50 == 0 {
					_ = l.Entries()
					_ = l.Prune(noon)
				}
			}
		})
	}
	done.Wait()
	assert.Equal(t, 8*100, l.Len())
}

func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{10, 100_000} {
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			var l blacklist.List
			for i := range n {
				if err := l.Add(blacklist.Entry{Alias: fmt.Sprintf("phone:5511%d", 980000000+i)}); err != nil {
					b.Fatal(err)
				}
			}
			q := incoming("sales", "phone:5511970000000", "user:US.13491208655302741918")
			b.ReportAllocs()
			for b.Loop() {
				if l.Match(q).Blocked {
					b.Fatal("nobody listed this one")
				}
			}
		})
	}
}

// TestListMatchesRenumberedCountries checks that an entry in today's form of a number blocks
// a customer whose account has the form from before the country changed its numbers, and the
// other way round.
func TestListMatchesRenumberedCountries(t *testing.T) {
	for _, x := range []struct{ entry, customer string }{
		{"+225 07 07 12 34 56", "phone:22507123456"},
		{"+225 05 05 12 34 56", "phone:22505123456"},
		{"+225 01 41 12 34 56", "phone:22541123456"},
		{"+225 07 12 34 56", "phone:2250707123456"},
		{"+229 01 97 12 34 56", "phone:22997123456"},
		{"+229 97 12 34 56", "phone:2290197123456"},
	} {
		l := blacklist.NewList()
		require.NoError(t, l.Add(blacklist.Entry{Alias: x.entry}))
		assert.True(t, l.Match(blacklist.Query{Aliases: []string{x.customer}, Now: time.Unix(1_800_000_000, 0)}).Blocked, "%s does not block %s", x.entry, x.customer)
	}
}
