package console_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/queue"
)

// Every figure of the board leads to the list behind it, and they agree.
func TestTheListBehindEveryFigure(t *testing.T) {
	f := newFloor(t, func(o *usher.Options, _ *usher.Config, _ *console.Options) { o.Remember = 6 })
	f.available("ana")
	ids := func(query string) []string {
		return interactions(get[console.Interactions](f, "sup", "api/interactions?"+query).Interactions)
	}
	answered := f.say("1", "phone:34600000001")
	f.pass(25 * time.Second)
	post[console.Done](f, "ana", "api/interactions/"+answered+"/accept", console.Empty{})
	post[console.Done](f, "ana", "api/interactions/"+answered+"/finish", console.FinishBody{Disposition: "sold"})
	f.do(queue.AgentState{Agent: "ana", State: queue.Offline})
	lost := f.say("2", "phone:34600000002")
	post[console.Done](f, "sup", "api/interactions/"+lost+"/end", console.ReasonBody{Reason: "gone"})
	waiting := f.say("3", "phone:34600000003")
	f.pass(time.Second)
	other := f.sayTo(second, "4", "phone:34600000004")

	board := get[console.Board](f, "sup", "api/board")
	assert.Equal(t, []any{2, int64(2), 0}, []any{board.Total.Waiting, board.Total.Ended, board.Total.Active})
	assert.Equal(t, 0.5, *board.Campaigns[0].Figures["abandonRate"])
	assert.Nil(t, board.Campaigns[1].Figures["abandonRate"], "nothing was counted: no value rather than 0")
	assert.Equal(t, map[string]int{"offline": 3}, board.Total.Staff)
	assert.Equal(t, morning.Add(25*time.Second), board.Total.Oldest)

	assert.Equal(t, []string{waiting, other}, ids("state=waiting"))
	assert.Equal(t, []string{waiting}, ids("state=waiting&campaign=sales"))
	assert.Empty(t, ids("state=waiting&missed=true"))
	f.pass(20 * time.Second)
	assert.Equal(t, []string{waiting}, ids("state=waiting&missed=true"))
	assert.Equal(t, []string{lost, answered}, ids("state=ended"))
	assert.Equal(t, []string{lost}, ids("state=ended&outcome=abandoned,timed_out"))
	assert.Equal(t, []string{answered}, ids("state=ended&missed=true"))
	assert.Equal(t, []string{answered}, ids("state=ended&agent=ana"))
	assert.Equal(t, 25.0, get[console.Interactions](f, "sup", "api/interactions?state=ended&agent=ana").Interactions[0].Waited)
	assert.Equal(t, []string{waiting, other, lost, answered}, ids("state=all"))
	assert.Empty(t, ids("state=all&outbound=true"))
	assert.Equal(t, []string{lost}, ids("state=ended&from=2026-03-02T09:00:25Z&outcome=abandoned"))
	for _, bad := range []string{"state=asleep", "limit=0", "limit=501", "from=yesterday", "missed=perhaps", "before=x", "before=o-1", "before=e"} {
		f.ask("sup", "GET", "api/interactions?"+bad, "").fails(400, "invalid")
	}
}

// Pages join without gaps or repetitions, through open ones and ended ones, even where
// several ended at the same instant; and a list that is cut short says so.
func TestPages(t *testing.T) {
	f := newFloor(t, func(o *usher.Options, _ *usher.Config, _ *console.Options) { o.Remember = 8 })
	for i := range 10 {
		id := f.say("x", channel.Alias(fmt.Sprintf("phone:3460000000%d", i)))
		post[console.Done](f, "sup", "api/interactions/"+id+"/end", console.ReasonBody{})
		if i%3 == 0 {
			f.pass(time.Second)
		}
	}
	for i := range 4 {
		f.say("x", channel.Alias(fmt.Sprintf("phone:3470000000%d", i)))
	}
	all := get[console.Interactions](f, "sup", "api/interactions?state=all")
	assert.False(t, all.Complete, "two are forgotten")
	require.Len(t, all.Interactions, 12)
	for _, limit := range []int{1, 2, 3, 4, 5, 11, 12, 13} {
		var joined []string
		var page console.Interactions
		for before := ""; ; before = page.Next {
			page = get[console.Interactions](f, "sup", fmt.Sprintf("api/interactions?state=all&limit=%d&before=%s", limit, before))
			joined = append(joined, interactions(page.Interactions)...)
			if page.Next == "" {
				break
			}
			require.Len(t, page.Interactions, limit)
			require.Less(t, len(joined), 20)
		}
		assert.Equal(t, interactions(all.Interactions), joined, "limit %d", limit)
		assert.False(t, page.Complete)
	}
}

// A conversation of a thousand messages is read page by page.
func TestPagesOfAConversation(t *testing.T) {
	f, id, _ := talking(t, nil)
	for i := range 60 {
		f.say(fmt.Sprint(i), maria)
	}
	all := get[console.Conversation](f, "ana", "api/interactions/"+id+"/conversation?limit=500").Items
	var joined []console.Item
	page := get[console.Conversation](f, "ana", "api/interactions/"+id+"/conversation?limit=7")
	for {
		joined = append(page.Items, joined...)
		if page.Before == 0 {
			break
		}
		page = get[console.Conversation](f, "ana", fmt.Sprintf("api/interactions/%s/conversation?limit=7&before=%d", id, page.Before))
	}
	assert.Equal(t, all, joined)
	after := get[console.Conversation](f, "ana", fmt.Sprintf("api/interactions/%s/conversation?after=%d", id, all[10].Seq)).Items
	assert.Equal(t, all[11:], after)
}

func TestSeries(t *testing.T) {
	f := newFloor(t, nil)
	f.say("1", "phone:34600000001")
	f.pass(time.Hour)
	f.sayTo(second, "2", "phone:34600000002")
	s := get[console.Series](f, "sup", "api/series?from=2026-03-02T09:00:00Z")
	require.Len(t, s.Intervals, 3)
	assert.Equal(t, []int64{1, 0, 1}, []int64{s.Intervals[0].Counts.Opened, s.Intervals[1].Counts.Opened, s.Intervals[2].Counts.Opened})
	half := get[console.Series](f, "half", "api/series").Intervals
	require.Len(t, half, 1, "of support alone")
	assert.Equal(t, s.Intervals[2], half[0])
	f.ask("sup", "GET", "api/series?campaign=nope", "").fails(404, "unknown_campaign")
}

// Hostile content is text: in answers, and in files that a spreadsheet opens.
func TestHostileContentIsText(t *testing.T) {
	f := newFloor(t, nil)
	evil := []string{"<script>alert(1)</script>", "\u202eevil", "=HYPERLINK(\"http://evil\")", "+1+1", "@SUM(A1)", "-2+3", "\ttab", "'=x", "＝1+1", strings.Repeat("\u200b", 40), "a\r\nb,\"c\""}
	for i, name := range evil {
		require.NoError(t, f.wa.Deliver(t.Context(), channel.Update{Number: number, Message: &channel.Inbound{
			From:    channel.Customer{Aliases: []channel.Alias{channel.Alias(fmt.Sprintf("phone:346000000%02d", i))}, Name: name},
			Message: channel.Message{ID: fmt.Sprint("evil", i), Time: f.clock.Now(), Kind: channel.Text, Text: strings.Repeat(name, 1000)},
		}}))
	}
	f.settle()
	list := get[console.Interactions](f, "sup", "api/interactions")
	require.Len(t, list.Interactions, len(evil))
	raw := string(f.ask("sup", "GET", "api/interactions", "").Body)
	assert.NotContains(t, raw, "<script>")
	file := f.ask("sup", "GET", "api/csv/interactions", "")
	assert.Equal(t, "text/csv; charset=utf-8", file.Header.Get("Content-Type"))
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(file.Body), "\ufeff"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, len(evil)+1)
	for _, row := range rows {
		for _, cell := range row {
			assert.NotRegexp(t, "^[=+@\t\r＝]", cell)
			assert.NotRegexp(t, `^-[^0-9]|^-\d+\+`, cell)
		}
	}
}

// A spreadsheet opens every table in columns: with the separator and the decimal sign of the
// language, and a byte order mark for UTF-8.
func TestTablesAreThoseOfTheLanguagesSpreadsheets(t *testing.T) {
	f := newFloor(t, nil)
	f.available("ana")
	id := f.say("hello", "phone:34600000001")
	f.pass(7500 * time.Millisecond)
	f.do(queue.Accept{Agent: "ana", Interaction: id}, queue.Finish{Agent: "ana", Interaction: id})
	for _, c := range []struct {
		lang  string
		comma rune
		wait  string
	}{{"", ',', "7.5000"}, {"en", ',', "7.5000"}, {"es", ';', "7,5000"}, {"pt", ';', "7,5000"}} {
		for _, table := range []string{"campaigns", "agents", "series", "interactions", "blacklist", "blacklist-history"} {
			t.Run(c.lang+" "+table, func(t *testing.T) {
				got := f.ask("sup", "GET", "api/csv/"+table+"?headings="+c.lang, "")
				require.Equal(t, 200, got.Status)
				text, marked := strings.CutPrefix(string(got.Body), "\ufeff")
				assert.True(t, marked, "byte order mark")
				r := csv.NewReader(strings.NewReader(text))
				r.Comma = c.comma
				rows, err := r.ReadAll()
				require.NoError(t, err)
				assert.Greater(t, len(rows[0]), 5, "columns")
				if table == "campaigns" {
					assert.Contains(t, rows[1], c.wait)
				}
				if table == "blacklist" {
					_, err := blacklist.ReadCSV(strings.NewReader(text))
					require.NoError(t, err, "the import takes it")
				}
			})
		}
	}
}
