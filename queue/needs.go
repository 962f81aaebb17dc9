package queue

import (
	"cmp"
	"slices"

	"github.com/usher-go/usher/schedule"
)

// Need is a name in the state of an engine for something outside of it.
type Need struct {
	Kind NeedKind
	Name string
	// Campaign whose configuration names it, or whose open interaction has it.
	Campaign string
	// Missing reports that the engine itself does not have it: a strategy that is not
	// among its own, a zone that the time zone database lacks.
	Missing bool
}

// NeedKind is the kind of a [Need].
type NeedKind string

// The kinds.
const (
	NeedStrategy  NeedKind = "strategy"
	NeedZone      NeedKind = "time zone"
	NeedConnector NeedKind = "connector"
	NeedBot       NeedKind = "bot"
)

// Needs returns every name that the campaigns, and the bots of open interactions, refer
// to, each once for a campaign, ordered by kind, name and campaign.
//
// Restore and Replay accept a campaign whose strategy or time zone is missing, because a
// later event may replace it. Such a campaign has the default strategy, days in UTC, and
// hours that are always open: do not run an engine that has a missing need.
func (e *Engine) Needs() []Need {
	var list []Need
	for _, c := range e.lines {
		list = append(list, e.campaignNeeds(c)...)
	}
	for _, in := range e.interactions {
		if in.bot != nil {
			list = append(list, Need{Kind: NeedBot, Name: in.bot.name, Campaign: in.camp.id})
		}
	}
	slices.SortFunc(list, func(a, b Need) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Campaign, b.Campaign))
	})
	return slices.Compact(list)
}

func (e *Engine) campaignNeeds(c *campaign) (list []Need) {
	need := func(kind NeedKind, name string, missing bool) {
		if name != "" {
			list = append(list, Need{kind, name, c.id, missing})
		}
	}
	cfg := &c.cfg
	need(NeedStrategy, cfg.Strategy, e.strategies[cfg.Strategy] == nil)
	zones := []string{cfg.Zone}
	if cfg.Hours != nil {
		zones = append(zones, cfg.Hours.Zone)
	}
	for _, zone := range zones {
		_, err := schedule.LoadZone(zone)
		need(NeedZone, zone, err != nil && zone != localZone)
	}
	need(NeedConnector, cfg.Connector, false)
	for _, bot := range []string{cfg.BotOnStart, cfg.BotOnEnd, cfg.BotAfterWait, cfg.BotQueueFull} {
		need(NeedBot, bot, false)
	}
	for _, s := range cfg.Overflow {
		if s.Do == DoBot {
			need(NeedBot, s.Target, false)
		}
	}
	return list
}
