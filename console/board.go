package console

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/sla"
)

// board is the dashboard.
func (c *Console) board(x *call) (any, error) {
	return x.makeBoard()
}

func (x *call) makeBoard() (Board, error) {
	from, err := x.instant("from", x.now().Add(-24*time.Hour))
	if err != nil {
		return Board{}, err
	}
	b, covered, err := x.scope()
	if err != nil {
		return Board{}, err
	}
	out := Board{Cursor: x.cursor(x.center.Seq()), From: from, Campaigns: []CampaignLine{}, Agents: []AgentLine{}}
	have := x.center.Board(from)
	out.Now = have.At.UTC()
	now := x.countNow(b, out.Now)
	people := map[string]queue.AgentView{}
	for _, a := range have.Agents {
		people[a.ID] = a
	}
	total := CampaignLine{Staff: map[string]int{}}
	seen := map[string]bool{}
	for _, line := range have.Campaigns {
		if !covered(line.ID) {
			continue
		}
		row := x.campaignLine(b, line, now[line.ID], people)
		out.Campaigns = append(out.Campaigns, row)
		addLine(&total, &row)
		for _, m := range b.campaigns[line.ID].Members {
			if a, ok := people[m.Agent]; ok && !seen[m.Agent] {
				seen[m.Agent] = true
				out.Agents = append(out.Agents, x.agentLine(a))
				total.Staff[activity(a)]++
			}
		}
	}
	total.Figures, total.Ended = figures(&total.Counts), total.Counts.Interactions()
	out.Total = total
	slices.SortFunc(out.Agents, func(a, b AgentLine) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// scope returns which campaigns a request is about: the one it names, or all that the
// actor sees.
func (x *call) scope() (*book, func(string) bool, error) {
	b, err := x.book(x.r.Context())
	if err != nil {
		return nil, nil, err
	}
	one := x.r.URL.Query().Get("campaign")
	if one != "" && (b.campaigns[one] == nil || !x.actor.covers(one)) {
		return nil, nil, problem(404, "unknown_campaign", "there is no such campaign, or it is not yours to see")
	}
	return b, func(id string) bool {
		return b.campaigns[id] != nil && (one == "" || id == one) && x.actor.covers(id)
	}, nil
}

// tally is what a campaign's open interactions are, beyond what the engine counts itself.
type tally struct{ offered, parked, late int }

func (c *Console) countNow(b *book, at time.Time) map[string]tally {
	out := map[string]tally{}
	for _, v := range c.center.Interactions("") {
		t := out[v.Campaign]
		if v.Owner == queue.OwnedByQueue && v.Offered != "" {
			t.offered++
		}
		if v.Parked {
			t.parked++
		}
		if level := b.serviceLevel(v.Campaign); level > 0 && v.Owner == queue.OwnedByQueue && at.Sub(v.Queued) > level {
			t.late++
		}
		out[v.Campaign] = t
	}
	return out
}

func (x *call) campaignLine(b *book, line usher.Line, now tally, people map[string]queue.AgentView) CampaignLine {
	row := CampaignLine{
		ID: line.ID, Name: b.campaignName(line.ID), Open: line.Open, Enabled: line.Enabled, Waiting: line.Waiting,
		Offered: now.offered, Active: line.Active, Parked: now.parked, Bots: line.Bots, Oldest: line.Oldest, Late: now.late,
		Counts: line.Counts, Figures: figures(&line.Counts), Ended: line.Counts.Interactions(), Staff: map[string]int{},
	}
	if w := b.campaigns[line.ID].WhatsApp; w != nil {
		row.ServiceLevel, row.MaxWaiting = int(w.ServiceLevel), w.MaxInteractions
	}
	for _, m := range b.campaigns[line.ID].Members {
		if a, ok := people[m.Agent]; ok {
			row.Staff[activity(a)]++
		}
	}
	return row
}

// addLine sums up what can be summed up.
func addLine(total, row *CampaignLine) {
	total.Waiting += row.Waiting
	total.Offered += row.Offered
	total.Active += row.Active
	total.Parked += row.Parked
	total.Bots += row.Bots
	total.Late += row.Late
	total.Open, total.Enabled = total.Open || row.Open, total.Enabled || row.Enabled
	if !row.Oldest.IsZero() && (total.Oldest.IsZero() || row.Oldest.Before(total.Oldest)) {
		total.Oldest = row.Oldest
	}
	total.Counts.Add(&row.Counts)
}

// figures are the named formulas over counters.
func figures(c *sla.Counts) map[string]*float64 {
	out := map[string]*float64{}
	for _, f := range sla.Formulas() {
		out[f.Name] = nil
		if v, ok := f.Of(c); ok {
			out[f.Name] = &v
		}
	}
	return out
}

// series is a campaign's counters by interval, or the sum of several campaigns'.
func (c *Console) series(x *call) (any, error) {
	out, err := x.makeSeries()
	return out, err
}

func (x *call) makeSeries() (Series, error) {
	now := x.now()
	from, err := x.instant("from", now.Add(-24*time.Hour))
	if err != nil {
		return Series{}, err
	}
	to, err := x.instant("to", now.Add(time.Nanosecond)) // up to and including now
	if err != nil {
		return Series{}, err
	}
	b, covered, err := x.scope()
	if err != nil {
		return Series{}, err
	}
	sums := map[time.Time]*Interval{}
	for id := range b.campaigns {
		if !covered(id) {
			continue
		}
		list, err := x.center.Series(id, from, to)
		if errors.Is(err, queue.ErrUnknownCampaign) {
			continue // removed since the board was read
		}
		if err != nil {
			return Series{}, err
		}
		for _, i := range list {
			if sums[i.Start] == nil {
				sums[i.Start] = &Interval{Start: i.Start, End: i.End}
			}
			sums[i.Start].Counts.Add(&i.Counts)
		}
	}
	out := Series{Campaign: x.r.URL.Query().Get("campaign"), Intervals: []Interval{}}
	for _, start := range slices.SortedFunc(maps.Keys(sums), time.Time.Compare) {
		i := *sums[start]
		i.Figures = figures(&i.Counts)
		out.Intervals = append(out.Intervals, i)
	}
	return out, nil
}

// agents lists the agents of the campaigns that the actor sees.
func (c *Console) agents(x *call) (any, error) {
	list, err := x.listAgents()
	return Agents{list}, err
}

func (x *call) listAgents() ([]AgentLine, error) {
	_, covered, err := x.scope()
	if err != nil {
		return nil, err
	}
	one := x.r.URL.Query().Get("campaign")
	out := []AgentLine{}
	for _, a := range x.center.Agents() {
		// Those without a campaign are seen by who sees everything.
		if slices.ContainsFunc(a.Campaigns, covered) || one == "" && x.actor.Campaigns == nil {
			out = append(out, x.agentLine(a))
		}
	}
	return out, nil
}

// campaigns lists the campaigns that the actor sees or works in.
func (c *Console) campaigns(x *call) (any, error) {
	b, err := x.book(x.r.Context())
	if err != nil {
		return nil, err
	}
	out := Campaigns{Campaigns: []CampaignRef{}}
	for _, v := range x.center.Campaigns() {
		_, member := b.member(v.ID, x.actor.Agent)
		if member || x.actor.may(Watch|Supervise|Configure) && x.actor.covers(v.ID) {
			out.Campaigns = append(out.Campaigns, x.campaignRef(b, v))
		}
	}
	return out, nil
}

func (x *call) campaignRef(b *book, v queue.CampaignView) CampaignRef {
	m, member := b.member(v.ID, x.actor.Agent)
	return CampaignRef{
		ID: v.ID, Name: b.campaignName(v.ID), Open: v.Open, Enabled: v.Enabled, Waiting: v.Waiting,
		Numbers: b.numbers(v.ID), Initiate: member && !m.NoInitiate,
	}
}
