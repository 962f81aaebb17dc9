package usher

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/schedule"
	"github.com/usher-go/usher/settings"
)

// chosen are two values each of settings that do not take any value.
var chosen = map[string][2]any{
	"OutOfHours.AtClosing": {"hold", "drain"},
	"OutOfHours.Hours":     {&schedule.Schedule{Zone: "Europe/Madrid"}, &schedule.Schedule{Zone: "Europe/Lisbon"}},
}

// eachLeaf calls f for every scalar that a configuration can hold, with the lists and
// structures in between. set gives the leaf one of two values; nothing else differs.
func eachLeaf(path string, v reflect.Value, f func(path string, set func(n int))) {
	within := func(own reflect.Value) func(string, func(int)) {
		return func(path string, set func(int)) { f(path, func(n int) { v.Set(own); set(n) }) }
	}
	if values, ok := chosen[path]; ok {
		f(path, func(n int) { v.Set(reflect.ValueOf(values[n])) })
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if path != "" {
				name = path + "." + name
			}
			eachLeaf(name, v.Field(i), f)
		}
	case reflect.Pointer:
		own := reflect.New(v.Type().Elem())
		eachLeaf(path, own.Elem(), within(own))
	case reflect.Slice:
		own := reflect.MakeSlice(v.Type(), 1, 1)
		eachLeaf(path+"[]", own.Index(0), within(own))
	case reflect.Map:
		f(path, func(n int) {
			own := reflect.MakeMap(v.Type())
			own.SetMapIndex(reflect.ValueOf("whatsapp"), reflect.ValueOf(1+n).Convert(v.Type().Elem()))
			v.Set(own)
		})
	case reflect.String:
		f(path, func(n int) { v.SetString([]string{"x", "y"}[n]) })
	case reflect.Bool:
		f(path, func(n int) { v.SetBool(n == 1) })
	default:
		f(path, func(n int) { v.SetInt(int64(1 + n)) })
	}
}

// leaves returns, for every leaf of a T, what two values that differ in it alone are compiled to.
func leaves[T any](t *testing.T, compile func(T) any) map[string][2]string {
	t.Helper()
	out := map[string][2]string{}
	text := func(path string, n int) string {
		var v T
		eachLeaf("", reflect.ValueOf(&v).Elem(), func(p string, set func(int)) {
			if p == path {
				set(n)
			}
		})
		data, err := json.Marshal(compile(v))
		require.NoError(t, err)
		return string(data)
	}
	var paths []string
	var probe T
	eachLeaf("", reflect.ValueOf(&probe).Elem(), func(path string, _ func(int)) { paths = append(paths, path) })
	for _, path := range paths {
		out[path] = [2]string{text(path, 0), text(path, 1)}
	}
	return out
}

// Every setting of an agent, a member and the card reaches the engine's configuration: two
// configurations that differ in it alone are compiled to different ones.
func TestEverySettingReachesTheEngine(t *testing.T) {
	campaign := func(c Campaign) any {
		q := compileCampaign(&c)
		q.Settings = nil // the whole card, for the host
		return q
	}
	for what, list := range map[string]map[string][2]string{
		"card":   leaves(t, func(w settings.Card) any { return campaign(Campaign{ID: "c", WhatsApp: &w}) }),
		"member": leaves(t, func(m Member) any { return campaign(Campaign{ID: "c", Members: []Member{m}}) }),
		"agent":  leaves(t, func(a Agent) any { return compileAgent(&a) }),
	} {
		assert.GreaterOrEqual(t, len(list), 5, what)
		for path, both := range list {
			assert.NotEqual(t, both[0], both[1], "%s: %s changes nothing in the engine's configuration", what, path)
		}
	}
	assert.True(t, compileCampaign(&Campaign{Disabled: true, WhatsApp: &settings.Card{Enable: true}}).Disabled)
	assert.Equal(t, "UTC", compileCampaign(&Campaign{Zone: "UTC"}).Zone)
}

// What package settings accepts, the engine accepts: a change of the configuration fails with
// the faults of its declarations, never with one of the engine's own.
func TestTheEngineAcceptsWhatIsValid(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	for range 2000 {
		var cfg Config
		agent, member, card := Agent{ID: "a"}, Member{Agent: "a"}, settings.Card{}
		for _, of := range []any{&agent, &member, &card} {
			eachLeaf("", reflect.ValueOf(of).Elem(), func(_ string, set func(int)) {
				if draw.IntN(20) == 0 {
					set(draw.IntN(2))
				}
			})
		}
		agent.ID, member.Agent, card.Connector, card.PhoneNumbers = "a", "a", "main", []string{"+15550001111"}
		cfg.Agents = []Agent{agent}
		cfg.Campaigns = []Campaign{{ID: "c", Members: []Member{member}, WhatsApp: &card}}
		agents, campaigns, err := cfg.Compile()
		if err != nil {
			continue
		}
		accepted++
		e, err := queue.New(queue.Config{})
		require.NoError(t, err)
		for _, a := range agents {
			_, err := e.Step(time.Unix(0, 0), queue.ConfigureAgent{Agent: a})
			require.NoError(t, err)
		}
		for _, q := range campaigns {
			_, err := e.Step(time.Unix(0, 0), queue.Configure{Campaign: q})
			require.NoError(t, err, "%+v", q)
		}
	}
	t.Logf("%d of 2000 configurations are valid", accepted)
	assert.Greater(t, accepted, 200)
}
