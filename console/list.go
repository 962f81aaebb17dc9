package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
)

// listFilter is what a list of interactions is asked for.
type listFilter struct {
	campaign, agent, customer string
	state                     string
	outcomes                  []string
	missed, outbound          *bool
	from                      time.Time
	before                    string
	limit                     int
}

var listStates = []string{"open", "waiting", "active", "bot", "ended", "all"}

func (x *call) listFilter() (f listFilter, err error) {
	q := x.r.URL.Query()
	f = listFilter{
		campaign: q.Get("campaign"), agent: q.Get("agent"), customer: q.Get("customer"), state: q.Get("state"), before: q.Get("before"),
	}
	if f.state == "" {
		f.state = "open"
	}
	if !slices.Contains(listStates, f.state) {
		return f, invalid("state must be one of %s, is %q", strings.Join(listStates, ", "), f.state)
	}
	if s := q.Get("outcome"); s != "" {
		f.outcomes = strings.Split(s, ",")
	}
	if f.missed, err = x.flag("missed"); err != nil {
		return f, err
	}
	if f.outbound, err = x.flag("outbound"); err != nil {
		return f, err
	}
	if f.from, err = x.instant("from", time.Time{}); err != nil {
		return f, err
	}
	f.limit, err = x.limit()
	return f, err
}

// list is any list of interactions.
func (c *Console) list(x *call) (any, error) {
	f, err := x.listFilter()
	if err != nil {
		return nil, err
	}
	return x.makeList(f)
}

func (x *call) makeList(f listFilter) (Interactions, error) {
	b, err := x.book(x.r.Context())
	if err != nil {
		return Interactions{}, err
	}
	out := Interactions{Cursor: x.cursor(x.center.Seq()), Interactions: []Interaction{}, Complete: true}
	offset, ended, err := x.place(f.before)
	if err != nil {
		return out, err
	}
	if f.state != "ended" && ended == nil {
		if more := x.listOpen(b, f, offset, &out); more {
			return out, nil
		}
	}
	if f.state == "ended" || f.state == "all" {
		x.listEnded(b, f, offset, ended, &out)
	}
	return out, nil
}

// place reads where a page begins: "o" and a number of open ones that came before, or "e"
// and the end of the last one that did.
func (x *call) place(before string) (offset int, ended *mark, err error) {
	if before == "" {
		return 0, nil, nil
	}
	bad := invalid("before must be the next of an earlier page, is %q", before)
	switch rest := before[1:]; before[0] {
	case 'o':
		n, err := strconv.ParseUint(rest, 10, 31)
		if err != nil {
			return 0, nil, bad
		}
		return int(n), nil, nil
	case 'e':
		at, id, _ := strings.Cut(rest, ".")
		n, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return 0, nil, bad
		}
		return 0, &mark{n, id}, nil
	}
	return 0, nil, bad
}

// mark is a place in the list of those that have ended.
type mark struct {
	at int64
	id string
}

func (x *call) listOpen(b *book, f listFilter, offset int, out *Interactions) (more bool) {
	n, takes := 0, x.takes()
	for _, v := range x.center.Interactions(f.campaign) {
		sum, _ := x.center.Summary(v.ID)
		s := subject{id: v.ID, view: v, sum: sum, open: true}
		if !f.acceptsOpen(&s, x.now(), b) || !takes[v.ID] && !x.asked(v.Offered) && !x.maySeeListed(&s.sum) {
			continue
		}
		if n++; n <= offset {
			continue
		}
		if len(out.Interactions) == f.limit {
			out.Next = fmt.Sprintf("o%d", offset+f.limit)
			return true
		}
		out.Interactions = append(out.Interactions, x.show(b, &s))
	}
	return false
}

func (f *listFilter) acceptsOpen(s *subject, now time.Time, b *book) bool {
	v := &s.view
	switch {
	case f.state == "waiting" && v.Owner != queue.OwnedByQueue,
		f.state == "active" && v.Owner != queue.OwnedByAgent,
		f.state == "bot" && v.Owner != queue.OwnedByBot,
		len(f.outcomes) > 0,
		f.customer != "" && f.customer != v.Customer,
		f.agent != "" && f.agent != v.Agent && f.agent != v.Offered && !slices.Contains(s.sum.Agents, f.agent),
		f.outbound != nil && *f.outbound != v.Outbound,
		!f.from.IsZero() && v.Opened.Before(f.from):
		return false
	}
	return f.missed == nil || *f.missed == late(s, now, b)
}

// late reports whether an interaction waits, or waited, beyond the threshold.
func late(s *subject, now time.Time, b *book) bool {
	if s.view.Owner != queue.OwnedByQueue {
		return s.sum.Late
	}
	x := b.campaigns[s.view.Campaign]
	if x == nil || x.WhatsApp == nil || x.WhatsApp.ServiceLevel == 0 {
		return false
	}
	return now.Sub(s.view.Queued) > x.WhatsApp.ServiceLevel.Duration()
}

func (x *call) listEnded(b *book, f listFilter, offset int, after *mark, out *Interactions) {
	room := f.limit - len(out.Interactions)
	reached := after == nil
	list, complete := x.center.Ended(room+1, func(s *usher.Summary) bool {
		if !reached {
			reached = s.Ended.UnixNano() < after.at
			if s.Interaction == after.id {
				reached = true
				return false
			}
		}
		return reached && f.acceptsEnded(s) && x.maySeeListed(s)
	})
	if len(list) > room {
		list, complete = list[:room], true
		if room > 0 {
			last := list[room-1]
			out.Next = fmt.Sprintf("e%d.%s", last.Ended.UnixNano(), last.Interaction)
		} else {
			out.Next = fmt.Sprintf("o%d", offset+f.limit) // the open ones filled the page exactly
		}
	}
	out.Complete = complete
	for _, sum := range list {
		s := subject{id: sum.Interaction, sum: sum}
		out.Interactions = append(out.Interactions, x.show(b, &s))
	}
}

// takes are the interactions that the agent may take, looked up once.
func (x *call) takes() map[string]bool {
	out := map[string]bool{}
	if x.actor.may(Work) {
		for _, v := range x.center.Visible(x.actor.Agent) {
			out[v.ID] = true
		}
	}
	return out
}

// maySeeListed is maySee by the summary alone: it costs little, and may be called while
// the center is busy with the list.
func (x *call) maySeeListed(s *usher.Summary) bool {
	if x.actor.may(Watch) && x.actor.covers(s.Campaign) {
		return true
	}
	return x.actor.may(Work) && slices.Contains(s.Agents, x.actor.Agent) || x.serving != "" && s.Customer == x.serving
}

func (f *listFilter) acceptsEnded(s *usher.Summary) bool {
	switch {
	case f.campaign != "" && f.campaign != s.Campaign,
		f.customer != "" && f.customer != s.Customer,
		f.agent != "" && !slices.Contains(s.Agents, f.agent),
		len(f.outcomes) > 0 && !slices.Contains(f.outcomes, string(s.Outcome)),
		f.outbound != nil && *f.outbound != s.Outbound,
		f.missed != nil && *f.missed != s.Late,
		!f.from.IsZero() && s.Ended.Before(f.from):
		return false
	}
	return true
}

// customer lists a customer's interactions, for those who serve them or watch.
func (c *Console) customer(x *call) (any, error) {
	limit, err := x.limit()
	if err != nil {
		return nil, err
	}
	id := x.args["id"]
	if x.serves(x.actor.Agent, id) {
		x.serving = id
	}
	return x.makeList(listFilter{customer: id, state: "all", before: x.r.URL.Query().Get("before"), limit: limit})
}

func (x *call) asked(agent string) bool {
	return agent != "" && x.actor.may(Work) && agent == x.actor.Agent
}
