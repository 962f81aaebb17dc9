package whatif

import (
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/sim"
	"github.com/usher-go/usher/sla"
)

// days have different settings; their figures are played again with the same ones.
func days() []day {
	card := func(strategy string, level, ring, transfer settings.Seconds) settings.Card {
		return settings.Card{Strategy: strategy, ServiceLevel: level, MaxTransferTime: transfer, Offers: settings.Offers{RingTime: ring}}
	}
	busy := day{agents: 6, limit: 2, perHour: 60, handle: 5 * time.Minute, patience: 4 * time.Minute, answer: 8 * time.Second, decline: 0.05, miss: 0.05}
	var list []day
	add := func(name string, card settings.Card, change func(*day)) {
		d := busy
		d.name, d.card = name, card
		change(&d)
		list = append(list, d)
	}
	add("least busy", card("leastbusy", 30, 30, 30), func(d *day) { d.transfer = 0.1 })
	add("linear, a short ring", card("linear", 20, 12, 30), func(d *day) { d.miss = 0.15 })
	add("round robin, many declines", card("rrmemory", 30, 20, 30), func(d *day) { d.decline = 0.2 })
	add("least recent with breaks", card("leastrecent", 30, 30, 30), func(d *day) { d.breaks = true })
	add("fewest, one at a time", card("fewest", 60, 30, 30), func(d *day) { d.limit, d.agents, d.handle = 1, 8, 7*time.Minute })
	add("random with transfers", card("random", 30, 30, 20), func(d *day) { d.transfer, d.moves = 0.2, 0.1 })
	waits := card("wrandom", 60, 30, 30)
	waits.MaxTime = 180
	add("weighted random, three minutes at most", waits, func(d *day) { d.agents, d.patience = 5, 0 })
	wrap := card("leastbusy", 45, 30, 30)
	wrap.Offers.WrapUp, wrap.MaxInteractions = 30, 5
	add("wrap-up and a short queue", wrap, func(d *day) { d.agents, d.limit, d.handle = 7, 1, 6*time.Minute })
	add("a bot on start", card("leastbusy", 30, 30, 30), func(d *day) { d.bot, d.transfer = true, 0.1 })
	pause := card("leastrecent", 30, 15, 30)
	pause.Offers.AutoPauseMisses = 2
	add("pauses after two misses", pause, func(d *day) { d.miss, d.agents = 0.2, 8 })
	direct := card("leastbusy", 30, 30, 30)
	direct.Offers.AutoAnswer = true
	add("assigned without an offer", direct, func(d *day) { d.agents = 5 })
	add("shown to all", card("ringall", 30, 30, 30), func(d *day) { d.agents, d.handle = 9, 6*time.Minute })
	add("shown to all, several at once", card("ringallmultiple", 20, 30, 30), func(d *day) { d.transfer = 0.1 })
	return list
}

// The column "as it was" contains the counted day: of the figures over all days at least 90 %
// lie in their 95 % range, and all in their 99.99 % range. With -short it looks at three days.
func TestAsItWasContainsTheCountedDay(t *testing.T) {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "day\tfigure\tboard\tlow\thigh\tin 95 %\tin 99.99 %\t\n")
	all, within, outside := 0, 0, 0
	for i, d := range days() {
		if testing.Short() && i%5 != 0 {
			continue
		}
		var board usher.Line
		var result *sim.Result
		t.Run(d.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				line, center, journal := d.record(t, uint64(i))
				board = line
				trial := console.Trial{Center: center, Campaign: usher.Campaign{ID: "sales"}, To: center.Now()}
				h, err := history(t.Context(), journal, trial)
				require.NoError(t, err)
				now, err := center.Config(t.Context())
				require.NoError(t, err)
				result, err = play(t.Context(), h, sim.Scenario{Name: d.name}, now, func(float64) {})
				require.NoError(t, err)
			})
		})
		for _, f := range sla.Formulas() {
			counted, known := f.Of(&board.Counts)
			if !known {
				continue
			}
			m, err := sim.MetricNamed(f.Name)
			require.NoError(t, err)
			in := func(p float64) (low, high float64, in bool) {
				low, high, ok := result.Predict(m, sim.Part{Campaign: "sales"}, p)
				return low, high, ok && low-1e-6 <= counted && counted <= high+1e-6
			}
			low, high, usual := in(0.95)
			_, _, possible := in(0.9999)
			fmt.Fprintf(table, "%s\t%s\t%.4g\t%.4g\t%.4g\t%v\t%v\t\n", d.name, f.Name, counted, low, high, usual, possible)
			all++
			if usual {
				within++
			}
			if !possible {
				outside++
			}
		}
	}
	require.NoError(t, table.Flush())
	t.Logf("%d of %d figures in their 95 %% range, %d outside of their 99.99 %% range\n%s", within, all, outside, text.String())
	assert.GreaterOrEqual(t, float64(within), 0.9*float64(all))
	assert.Zero(t, outside)
}
