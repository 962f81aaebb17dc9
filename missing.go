package usher

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/schedule"
)

// Missing is a name that the journal of a center needs and its [Options] lack.
type Missing struct {
	Kind      queue.NeedKind `json:"kind"`
	Name      string         `json:"name"`
	Campaigns []string       `json:"campaigns"` // that name it, or have open interactions with it
}

// String says what is missing and where it is named.
func (m Missing) String() string {
	text := fmt.Sprintf("%s %q of campaign", m.Kind, m.Name)
	if len(m.Campaigns) > 1 {
		text += "s"
	}
	return text + " " + strings.Join(m.Campaigns, ", ")
}

// MissingError is returned by the first call of a center whose journal needs a strategy or
// a time zone that is missing, or a connector or bot when [Options].RefuseMissing is set.
// Add what is missing to the Options, or open the journal once more with the old ones and
// configure the campaigns without it.
type MissingError struct {
	Missing []Missing // everything, also what alone would not be an error
	zones   error     // of a missing time zone
}

// Error implements error, a line for each name.
func (e *MissingError) Error() string {
	lines := []string{"usher: the journal needs what the options lack:"}
	for _, m := range e.Missing {
		lines = append(lines, m.String())
	}
	if e.zones != nil {
		lines = append(lines, e.zones.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the cause of a missing time zone, such as [schedule.ErrNoZones].
func (e *MissingError) Unwrap() error { return e.zones }

// Missing returns the connectors and bots that the configuration and open interactions name
// and that the [Options] lack, ordered by kind and name.
func (c *Center) Missing(ctx context.Context) (list []Missing, err error) {
	if err := c.load(ctx); err != nil {
		return nil, err
	}
	var needs []queue.Need
	if err := c.use(func(e *queue.Engine) { needs = e.Needs() }); err != nil {
		return nil, err
	}
	list, _ = c.missing(needs)
	return list, nil
}

// checkNeeds compares what an engine needs with the options.
func (c *Center) checkNeeds(engine *queue.Engine) error {
	list, fatal := c.missing(engine.Needs())
	if len(list) == 0 {
		return nil
	}
	if fatal || c.opts.RefuseMissing {
		e := &MissingError{Missing: list}
		for _, m := range list {
			if m.Kind == queue.NeedZone && e.zones == nil {
				_, e.zones = schedule.LoadZone(m.Name)
			}
		}
		return e
	}
	for _, m := range list {
		c.log.Warn("usher: the journal needs what the options lack", "kind", m.Kind, "name", m.Name, "campaigns", m.Campaigns)
	}
	return nil
}

// missing returns the needs that are not met, and whether the center cannot do without one.
func (c *Center) missing(needs []queue.Need) (list []Missing, fatal bool) {
	for _, n := range needs {
		lacks := n.Missing
		switch n.Kind {
		case queue.NeedConnector:
			lacks = c.connectors[n.Name] == nil
		case queue.NeedBot:
			lacks = c.opts.Bots[n.Name] == nil
		default:
			fatal = fatal || lacks
		}
		if !lacks {
			continue
		}
		i := slices.IndexFunc(list, func(m Missing) bool { return m.Kind == n.Kind && m.Name == n.Name })
		if i < 0 {
			list, i = append(list, Missing{Kind: n.Kind, Name: n.Name}), len(list)
		}
		list[i].Campaigns = append(list[i].Campaigns, n.Campaign)
	}
	return list, fatal
}
