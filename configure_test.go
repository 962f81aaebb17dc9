package usher_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
	"github.com/usher-go/usher/store"
)

// fullConfig is a configuration in which every list has an element.
func fullConfig() usher.Config {
	return usher.Config{
		Agents: []usher.Agent{{ID: "ana", ChannelLimits: map[string]int{"whatsapp": 1}}, {ID: "bruno"}},
		Campaigns: []usher.Campaign{{
			ID: "sales", Members: []usher.Member{{Agent: "ana", Skills: []settings.Skill{{Name: "english"}}}, {Agent: "bruno"}},
			WhatsApp: &settings.Card{
				Enable: true, Connector: "main", PhoneNumbers: []string{number},
				Skills:   settings.Skills{Require: []settings.Skill{{Name: "english"}}, Relax: []settings.Ring{{Drop: true}}},
				Overflow: []settings.Step{{After: 60, Do: "relax", When: "queue_longer", Relax: &settings.Ring{Drop: true}}},
			},
		}},
	}
}

// numbersOf calls visit with every whole number below v and its JSON path.
func numbersOf(v reflect.Value, path string, visit func(path string, v reflect.Value)) {
	switch v.Kind() {
	case reflect.Int:
		visit(path, v)
	case reflect.Pointer:
		if !v.IsNil() {
			numbersOf(v.Elem(), path, visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			numbersOf(v.Field(i), strings.TrimPrefix(path+"."+name, "."), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			numbersOf(v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	}
}

// set sets the number at a path.
func set(cfg *usher.Config, path string, value int64) {
	numbersOf(reflect.ValueOf(cfg).Elem(), "", func(p string, v reflect.Value) {
		if p == path {
			v.SetInt(value)
		}
	})
}

func boundsOf(path string, v reflect.Value) (low, high int64) {
	low, high = 0, settings.MaxCount
	switch {
	case v.Type() == reflect.TypeFor[settings.Seconds](), strings.HasSuffix(path, ".than"):
		high = int64(settings.MaxSeconds)
	case strings.HasSuffix(path, "priority.level"):
		low = -settings.MaxCount
	case strings.HasSuffix(path, ".penalty"):
		high = 100
	case strings.HasSuffix(path, ".level"):
		high = 10
	case strings.HasSuffix(path, ".maxHops"), strings.HasSuffix(path, ".sends.attempts"):
		high = settings.MaxRepeats
	}
	return low, high
}

// Every number of a configuration has bounds: what is outside is refused under its path,
// alone, in the unit and with the value that were written, from Go and from JSON.
func TestEveryNumberOfAConfigurationIsBounded(t *testing.T) {
	base := fullConfig()
	paths := 0
	numbersOf(reflect.ValueOf(base), "", func(path string, v reflect.Value) {
		paths++
		low, high := boundsOf(path, v)
		for _, value := range []int64{0, low, high, -1, low - 1, high + 1, 9223372036, 18446744074, math.MaxInt64, math.MinInt64} {
			cfg := fullConfig()
			set(&cfg, path, value)
			text, err := json.Marshal(cfg)
			require.NoError(t, err)
			parsed, err := usher.ParseConfig(text)
			require.NoError(t, err)
			center := bareCenter(t)
			err = center.Configure(t.Context(), parsed)
			if value >= low && value <= high {
				assert.NoError(t, err, "%s=%d", path, value)
				continue
			}
			wrong, ok := errors.AsType[*usher.ConfigError](err)
			if !assert.True(t, ok, "%s=%d: %v", path, value, err) {
				continue
			}
			require.Len(t, wrong.Faults, 1, "%v", wrong)
			assert.Equal(t, path, wrong.Faults[0].Path)
			assert.Contains(t, wrong.Faults[0].Problem, fmt.Sprintf("is %d", value))
			assert.Zero(t, center.Seq(), "%s=%d: something has changed", path, value)
		}
	})
	assert.Greater(t, paths, 40)
}

func TestSecondsDoNotWrap(t *testing.T) {
	for s, want := range map[settings.Seconds]time.Duration{
		0: 0, 90: 90 * time.Second, -5: -5 * time.Second, 9223372036: 9223372036 * time.Second,
		9223372037: math.MaxInt64, 18446744074: math.MaxInt64, math.MaxInt64: math.MaxInt64, math.MinInt64: math.MinInt64,
	} {
		assert.Equal(t, want, s.Duration(), "%d", s)
	}
}

func bareCenter(t *testing.T) *usher.Center {
	t.Helper()
	center, err := usher.New(usher.Options{Connectors: []channel.Connector{channeltest.NewConnector("main", number, "+15550002222")}})
	require.NoError(t, err)
	return center
}

// A text that WhatsApp would not deliver is refused; characters count, not bytes.
func TestTextsOfTheCardHaveALimit(t *testing.T) {
	for path, put := range map[string]func(*settings.Card, string){
		"outOfHours.message":   func(w *settings.Card, s string) { w.OutOfHours.Message = s },
		"announce.text":        func(w *settings.Card, s string) { w.Announce.Text = s },
		"texts.queueFull":      func(w *settings.Card, s string) { w.Texts.QueueFull = s },
		"texts.timedOut":       func(w *settings.Card, s string) { w.Texts.TimedOut = s },
		"texts.left":           func(w *settings.Card, s string) { w.Texts.Left = s },
		"texts.silenceWarning": func(w *settings.Card, s string) { w.Texts.SilenceWarning = s },
		"texts.silenceEnded":   func(w *settings.Card, s string) { w.Texts.SilenceEnded = s },
		"overflow[0].text":     func(w *settings.Card, s string) { w.Overflow[0].Do, w.Overflow[0].Text = "message", s },
	} {
		cfg := fullConfig()
		put(cfg.Campaigns[0].WhatsApp, strings.Repeat("é", settings.MaxText))
		assert.NoError(t, bareCenter(t).Check(t.Context(), cfg), path)
		put(cfg.Campaigns[0].WhatsApp, strings.Repeat("é", settings.MaxText+1))
		assert.Equal(t, []string{"campaigns[0].whatsapp." + path + ": must be at most 4096 characters for WhatsApp, has 4097"},
			faultsOf(t, bareCenter(t).Check(t.Context(), cfg)))
	}
}

// What Check accepts, Configure accepts, and a Configure that fails has changed nothing.
func TestConfigureDoesAllOrNothing(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		center := bareCenter(t)
		require.NoError(t, center.Configure(t.Context(), fullConfig()))
		for range 10 {
			cfg := randomConfig(r)
			before := center.Seq()
			state, err := center.State(t.Context())
			require.NoError(t, err)
			check := center.Check(t.Context(), cfg)
			require.Equal(t, before, center.Seq(), "Check changed something")
			err = center.Configure(t.Context(), cfg)
			if check == nil {
				require.NoError(t, err)
				continue
			}
			require.NotEmpty(t, faultsOf(t, err))
			require.Equal(t, faultsOf(t, check), faultsOf(t, err))
			require.Equal(t, before, center.Seq(), "a refused configuration changed something: %v", err)
			after, err := center.State(t.Context())
			require.NoError(t, err)
			require.Equal(t, state.Campaigns, after.Campaigns)
		}
	}
}

// randomConfig is a configuration in which little is wrong, or nothing.
func randomConfig(r *rand.Rand) usher.Config {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var cfg usher.Config
	for range r.IntN(3) {
		cfg.Agents = append(cfg.Agents, usher.Agent{ID: pick("ana", "bruno", "carla", "carla", ""), Limit: r.IntN(4), Lapse: pick("", "", "requeue", "later")})
	}
	for range r.IntN(3) {
		c := usher.Campaign{ID: pick("sales", "support", "billing"), Zone: pick("", "Europe/Madrid", "Europe/Madird"), Disabled: r.IntN(4) == 0}
		for range r.IntN(3) {
			c.Members = append(c.Members, usher.Member{Agent: pick("ana", "bruno", "carla"), Penalty: r.IntN(102), Tier: r.IntN(2)})
		}
		if r.IntN(5) > 0 {
			w := fullConfig().Campaigns[0].WhatsApp
			w.PhoneNumbers = []string{pick(number, "+15550002222")}
			w.Connector, w.Strategy = pick("main", "main", "main", "mian"), pick("", "linear", "leastbusy", "ringall", "best")
			w.Return.Sticky, w.OutOfHours.AtClosing = pick("", "wait", "perhaps"), pick("", "drain", "hold", "close", "never")
			w.Overflow[0].When = pick("", "queue_longer", "full_moon")
			c.WhatsApp = w
		}
		cfg.Campaigns = append(cfg.Campaigns, c)
	}
	var paths []string
	numbersOf(reflect.ValueOf(cfg), "", func(path string, _ reflect.Value) { paths = append(paths, path) })
	for range min(r.IntN(4), len(paths)) {
		values := []int64{0, 1, 5, 100, 101, 3600, int64(settings.MaxSeconds), int64(settings.MaxSeconds) + 1, 9223372037, math.MaxInt64, -1}
		set(&cfg, paths[r.IntN(len(paths))], values[r.IntN(len(values))])
	}
	return cfg
}

// A change is one append to the journal: a crash in the middle of it leaves all or nothing.
func TestConfigureIsOneAppend(t *testing.T) {
	j := &countingJournal{Journal: store.NewMemory()}
	center, err := usher.New(usher.Options{Journal: j, Connectors: []channel.Connector{channeltest.NewConnector("main", number)}})
	require.NoError(t, err)
	require.NoError(t, center.Configure(t.Context(), fullConfig()))
	assert.Equal(t, []int{3}, j.appended)
}

// Config and Configure are inverse: after whatever commands, putting the configuration
// back changes nothing and needs no event.
func TestConfigureWithConfigChangesNothing(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2))
		center := bareCenter(t)
		require.NoError(t, center.Configure(t.Context(), fullConfig()))
		for range 15 {
			randomChange(t, r, center)
			cfg, err := center.Config(t.Context())
			require.NoError(t, err)
			before := center.Seq()
			require.NoError(t, center.Configure(t.Context(), cfg))
			require.Equal(t, before, center.Seq(), "seed %d", seed)
			text, err := json.Marshal(cfg)
			require.NoError(t, err)
			parsed, err := usher.ParseConfig(text)
			require.NoError(t, err)
			require.NoError(t, center.Configure(t.Context(), parsed))
			require.Equal(t, before, center.Seq(), "seed %d, through JSON", seed)
		}
	}
}

// randomChange changes the configuration through one of its doors; a refusal is fine.
func randomChange(t *testing.T, r *rand.Rand, center *usher.Center) {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var command queue.Command
	switch r.IntN(7) {
	case 0:
		command = queue.ConfigureAgent{Agent: queue.Agent{
			ID: pick("ana", "bruno", "carla"), Name: pick("", "N"), Limit: r.IntN(3), Lease: time.Duration(r.IntN(3000)) * time.Millisecond,
			ChannelLimits: map[string]int{"whatsapp": r.IntN(3)},
		}}
	case 1:
		command = queue.RemoveAgent{Agent: pick("ana", "bruno", "carla")}
	case 2:
		command = queue.RemoveCampaign{Campaign: pick("sales", "support")}
	case 3, 4: // the host changes what there is
		state, err := center.State(t.Context())
		require.NoError(t, err)
		if len(state.Campaigns) == 0 {
			return
		}
		c := state.Campaigns[r.IntN(len(state.Campaigns))].Config
		switch r.IntN(6) {
		case 0:
			c.Disabled = !c.Disabled
		case 1:
			c.MaxTime = time.Duration(r.IntN(5000)) * time.Millisecond
		case 2:
			c.Name = pick("A", "B")
		case 3:
			c.Members = []queue.Member{{Agent: "ana", Skills: []queue.Skill{{Name: "x", For: time.Duration(r.IntN(3000)) * time.Millisecond}}}}
		case 4:
			c.Window = time.Duration(r.IntN(48)) * time.Hour
		case 5:
			c.Settings = nil
		}
		command = queue.Configure{Campaign: c}
	case 5: // a campaign that no card can describe
		command = queue.Configure{Campaign: queue.Campaign{ID: pick("support", "chat"), Channel: "webchat", Connector: "web", Strategy: "linear", MaxTime: 1500 * time.Millisecond}}
	case 6:
		_ = center.Configure(t.Context(), randomConfig(r))
		return
	}
	_, _ = center.Do(t.Context(), command)
}

// A campaign that a command made keeps its channel when its members are edited.
func TestCampaignOfACommandKeepsItsChannel(t *testing.T) {
	center := bareCenter(t)
	for _, id := range []string{"ana", "bruno"} {
		_, err := center.Do(t.Context(), queue.ConfigureAgent{Agent: queue.Agent{ID: id}})
		require.NoError(t, err)
	}
	made := queue.Campaign{ID: "chat", Channel: "webchat", Connector: "web", Numbers: []string{"web:shop"}, Members: []queue.Member{{Agent: "ana"}}, Strategy: "linear", MaxTime: time.Minute}
	_, err := center.Do(t.Context(), queue.Configure{Campaign: made})
	require.NoError(t, err)
	cfg, err := center.Config(t.Context())
	require.NoError(t, err)
	assert.Nil(t, cfg.Campaigns[0].WhatsApp)
	cfg.Campaigns[0].Members = append(cfg.Campaigns[0].Members, usher.Member{Agent: "bruno", Tier: 1})
	require.NoError(t, center.Configure(t.Context(), cfg))
	state, err := center.State(t.Context())
	require.NoError(t, err)
	got := state.Campaigns[0].Config
	assert.Equal(t, []any{"webchat", "web", []string{"web:shop"}, "linear", time.Minute, 2},
		[]any{got.Channel, got.Connector, got.Numbers, got.Strategy, got.MaxTime, len(got.Members)})
}

// A campaign that a command changed is shown without its old card, which no longer holds;
// the card that is configured next replaces everything.
func TestConfigureReplacesWhatACommandChanged(t *testing.T) {
	center := bareCenter(t)
	require.NoError(t, center.Configure(t.Context(), fullConfig()))
	state, err := center.State(t.Context())
	require.NoError(t, err)
	changed := state.Campaigns[0].Config
	changed.MaxTime = time.Minute
	_, err = center.Do(t.Context(), queue.Configure{Campaign: changed})
	require.NoError(t, err)
	cfg, err := center.Config(t.Context())
	require.NoError(t, err)
	assert.Nil(t, cfg.Campaigns[0].WhatsApp)
	require.NoError(t, center.Configure(t.Context(), fullConfig()))
	cfg, err = center.Config(t.Context())
	require.NoError(t, err)
	require.NotNil(t, cfg.Campaigns[0].WhatsApp)
	state, err = center.State(t.Context())
	require.NoError(t, err)
	assert.Zero(t, state.Campaigns[0].Config.MaxTime)
}

func TestRemovedAgentIsNoMemberAnyMore(t *testing.T) {
	center := bareCenter(t)
	require.NoError(t, center.Configure(t.Context(), fullConfig()))
	_, err := center.Do(t.Context(), queue.RemoveAgent{Agent: "bruno"})
	require.NoError(t, err)
	cfg, err := center.Config(t.Context())
	require.NoError(t, err)
	assert.Len(t, cfg.Campaigns[0].Members, 1)
	cfg.Campaigns[0].WhatsApp.MaxTime = 60
	require.NoError(t, center.Configure(t.Context(), usher.Config{Campaigns: cfg.Campaigns}))
}

// Two supervisors edit the same configuration: the second is told, and nothing is lost.
func TestConfigureIfRefusesAChangedConfiguration(t *testing.T) {
	center := bareCenter(t)
	require.NoError(t, center.ConfigureIf(t.Context(), "ana", center.Configured(), fullConfig()))
	version := center.Configured()
	cfg, err := center.Config(t.Context())
	require.NoError(t, err)
	_, err = center.Do(t.Context(), queue.AgentState{Agent: "ana", State: queue.Available})
	require.NoError(t, err, "changes no configuration")
	cfg.Campaigns[0].WhatsApp.MaxTime = 60
	require.NoError(t, center.ConfigureIf(t.Context(), "ana", version, cfg))

	cfg.Campaigns[0].WhatsApp.MaxTime = 90
	before := center.Seq()
	err = center.ConfigureIf(t.Context(), "bruno", version, cfg)
	conflict, ok := errors.AsType[*usher.ConflictError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, usher.ConflictError{Expected: version, Current: center.Configured()}, *conflict)
	assert.Equal(t, before, center.Seq())
	_, err = center.Do(t.Context(), queue.RemoveAgent{Agent: "bruno"})
	require.NoError(t, err)
	require.ErrorAs(t, center.ConfigureIf(t.Context(), "ana", conflict.Current, usher.Config{}), &conflict, "a command changes it too")
}

func TestConcurrentConfigureIfLosesNoChange(t *testing.T) {
	center := bareCenter(t)
	require.NoError(t, center.Configure(t.Context(), fullConfig()))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for done, attempts := 0, 0; done < 10; attempts++ {
				if !assert.Less(t, attempts, 10_000, "no progress") {
					return
				}
				version := center.Configured()
				cfg, err := center.Config(t.Context())
				if !assert.NoError(t, err) {
					return
				}
				cfg.Campaigns[0].WhatsApp.MaxTime++
				switch _, conflict := errors.AsType[*usher.ConflictError](center.ConfigureIf(t.Context(), "", version, cfg)); {
				case !conflict:
					done++
				}
			}
		})
	}
	group.Wait()
	cfg, err := center.Config(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 40, cfg.Campaigns[0].WhatsApp.MaxTime)
}

// The version survives a restart.
func TestConfiguredSurvivesARestart(t *testing.T) {
	journal := store.NewMemory()
	open := func() *usher.Center {
		center, err := usher.New(usher.Options{Journal: journal, Connectors: []channel.Connector{channeltest.NewConnector("main", number)}})
		require.NoError(t, err)
		return center
	}
	first := open()
	require.NoError(t, first.Configure(t.Context(), fullConfig()))
	version := first.Configured()
	cfg, err := first.Config(t.Context())
	require.NoError(t, err)
	second := open()
	cfg.Agents[0].Name = "Ana"
	require.NoError(t, second.ConfigureIf(t.Context(), "", version, cfg))
}

// countingJournal records how many records each append has.
type countingJournal struct {
	store.Journal
	appended []int
}

func (j *countingJournal) Append(ctx context.Context, after uint64, records []store.Record) error {
	j.appended = append(j.appended, len(records))
	return j.Journal.Append(ctx, after, records)
}
