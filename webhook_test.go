package usher_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/settings"
)

// samples returns the public webhook samples by name. They are kept beside the
// repository, not in it.
func samples(t *testing.T) map[string][]byte {
	t.Helper()
	root := filepath.Join("..", "shared", "whatsapp", "fixtures")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the webhook samples are not beside this module (%v)", err)
	}
	out := map[string][]byte{}
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		out[name] = data
		return err
	}))
	require.Greater(t, len(out), 100)
	return out
}

var numberIDs = regexp.MustCompile(`"phone_number_id"\s*:\s*"([^"<>/ ]+)"`)

// wired is a center that hears Meta's webhooks on every number of the samples, all of one
// campaign without agents, so that what opens stays open.
type wired struct {
	t       *testing.T
	center  *usher.Center
	meta    *cloudapitest.Server
	hook    http.Handler
	follow  *usher.Subscription
	seen    []queue.Event
	notices []string
	ids     atomic.Int64
}

func newWired(t *testing.T, all map[string][]byte) *wired {
	t.Helper()
	w := &wired{t: t}
	numbers := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, m := range numberIDs.FindAllSubmatch(all[name], -1) {
			if id := string(m[1]); numbers[id] == "" {
				numbers[id] = fmt.Sprintf("+1999%07d", len(numbers))
			}
		}
	}
	w.meta = cloudapitest.NewServer(cloudapitest.Config{Numbers: numbers})
	connector, err := cloudapi.New(w.meta.ConnectorConfig("main", "http://127.0.0.1:1"))
	require.NoError(t, err)
	now := clock.NewMock()
	now.Set(morning)
	w.center, err = usher.New(usher.Options{
		Connectors: []channel.Connector{connector}, Clock: now,
		Notice: func(u channel.Update, err error) { w.notices = append(w.notices, err.Error()) },
		NewID:  func() string { return fmt.Sprintf("id-%06d", w.ids.Add(1)) },
	})
	require.NoError(t, err)
	require.NoError(t, w.center.Configure(t.Context(), usher.Config{Campaigns: []usher.Campaign{{
		ID:       "all",
		WhatsApp: &settings.Card{Enable: true, Connector: "main", PhoneNumbers: connector.Numbers()},
	}}}))
	w.follow = w.center.Subscribe(0)
	w.hook = connector.Webhook(w.center)
	return w
}

// post hands a signed body to the webhook, which must take it.
func (w *wired) post(body []byte) {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/webhook", bytes.NewReader(body))
	r.Header.Set("X-Hub-Signature-256", w.meta.Sign(body))
	answer := httptest.NewRecorder()
	w.hook.ServeHTTP(answer, r)
	require.Equal(w.t, http.StatusOK, answer.Code, "%s", body)
}

// events returns what has happened since the center was configured.
func (w *wired) events() []queue.Event {
	w.t.Helper()
	for {
		ev, ok, err := w.follow.Poll()
		require.NoError(w.t, err)
		if !ok {
			return w.seen
		}
		w.seen = append(w.seen, ev)
	}
}

// Every sample, signed: it is acknowledged, and either something happened in the center or
// it says why not. What customers say opens an interaction.
func TestEverySampleHasAnEffectOrAReason(t *testing.T) {
	all := samples(t)
	opened, effects, ignored := 0, 0, 0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			w := newWired(t, all)
			w.post(all[name])
			events := w.events()
			switch {
			case name == "empty-entry.json":
				assert.Empty(t, events)
				return
			case len(events) > 0:
				effects++
			default:
				assert.NotEmpty(t, w.notices)
				ignored++
			}
			for _, why := range w.notices {
				assert.Greater(t, len(why), len("usher: not routed: "), why)
			}
			if speaks(name) {
				opened++
				require.NotEmpty(t, w.center.Interactions(""), "it opens an interaction; notices: %q", w.notices)
			}
		})
	}
	t.Logf("%d samples opened interactions, %d had an effect, %d were ignored with a reason", opened, effects, ignored)
	assert.Greater(t, opened, 45)
}

// speaks reports whether a sample holds, by its name, something a customer said.
func speaks(name string) bool {
	first := strings.FieldsFunc(filepath.Base(name), func(r rune) bool { return r == '-' || r == '.' })[0]
	switch {
	case strings.HasPrefix(name, "text-group"), name == "image-400.json":
		return false // a group, and one without a number
	}
	return slices.Contains([]string{
		"text", "image", "video", "audio", "document", "sticker", "location", "contacts", "interactive", "button",
		"order", "unsupported", "unknown", "request",
	}, first)
}

// What opens an interaction continues it the next time, whatever its kind.
func TestSamplesContinueAnInteraction(t *testing.T) {
	all := samples(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !speaks(name) {
			continue
		}
		w := newWired(t, all)
		w.post(all[name])
		before := w.center.Interactions("")
		require.NotEmpty(t, before, name)
		for round := range 2 {
			w.post(renamed(all[name], round))
		}
		after := w.center.Interactions("")
		require.Len(t, after, len(before), name)
		received := 0
		for _, ev := range w.events() {
			if ev.Kind == queue.Received {
				received++
			}
		}
		assert.GreaterOrEqual(t, received, 2*len(before), name)
	}
}

var messageIDs = regexp.MustCompile(`("id"\s*:\s*"[^"]*)"`)

// renamed gives messages other ids, as if they were said again.
func renamed(body []byte, round int) []byte {
	return messageIDs.ReplaceAll(body, fmt.Appendf(nil, `${1}%d"`, round))
}

// Scenario 36: the samples in order, each twice, one message at a time, and all in few
// batches give the same state, event for event.
func TestScenario36SplitsAndDuplicates(t *testing.T) {
	all := samples(t)
	pieces := allPieces(t, all)
	want := newWired(t, all)
	for _, p := range pieces {
		want.post(envelope(p))
	}
	state := history(t, want)
	require.Greater(t, strings.Count(state, queue.Opened.String()), 5)
	require.Greater(t, strings.Count(state, queue.Received.String()), 30)

	for name, play := range map[string]func(w *wired){
		"each twice": func(w *wired) {
			for _, p := range pieces {
				w.post(envelope(p))
				w.post(envelope(p))
			}
		},
		"twice in one webhook": func(w *wired) {
			for _, p := range pieces {
				w.post(envelope(p, p))
			}
		},
		"all in one webhook": func(w *wired) { w.post(envelope(pieces...)) },
		"all, and all again": func(w *wired) { w.post(envelope(pieces...)); w.post(envelope(pieces...)) },
		"in sevens": func(w *wired) {
			for batch := range slices.Chunk(pieces, 7) {
				w.post(envelope(batch...))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWired(t, all)
			play(w)
			assert.Equal(t, state, history(t, w))
		})
	}
}

// history is the journal, with ids by their order of appearance: of the same history the
// engine makes the same state, byte for byte.
func history(t *testing.T, w *wired) string {
	t.Helper()
	names := map[string]string{}
	id := regexp.MustCompile(`id-[0-9]{6}`)
	var out strings.Builder
	for _, ev := range w.events() {
		line, err := json.Marshal(ev)
		require.NoError(t, err)
		out.Write(id.ReplaceAllFunc(line, func(x []byte) []byte {
			if names[string(x)] == "" {
				names[string(x)] = fmt.Sprintf("#%d", len(names))
			}
			return []byte(names[string(x)])
		}))
		out.WriteByte('\n')
	}
	return out.String()
}

// Scenario 36: in any order, with any duplicates, in batches of any size: the same
// customers under the same names, the same open interactions, in which the same was said.
func TestScenario36AnyOrder(t *testing.T) {
	all := samples(t)
	pieces := allPieces(t, all)
	first := newWired(t, all)
	first.post(envelope(pieces...))
	want := standing(t, first)
	require.Greater(t, len(want), 5)
	random := rand.New(rand.NewPCG(36, 36))
	for range 20 {
		list := slices.Clone(pieces)
		for range len(pieces) / 2 {
			list = append(list, pieces[random.IntN(len(pieces))])
		}
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		w := newWired(t, all)
		for len(list) > 0 {
			n := min(1+random.IntN(9), len(list))
			w.post(envelope(list[:n]...))
			list = list[n:]
		}
		require.Equal(t, want, standing(t, w))
	}
}

// standing ends what is open and says which customers were in conversation on which number,
// and what they said: a line each, without what depends on the order. Customers who turned
// out to be one person while both were in conversation are one after that.
func standing(t *testing.T, w *wired) []string {
	t.Helper()
	open := map[string]int{}
	for _, in := range w.center.Interactions("") {
		key := in.Number + " " + in.Customer
		open[key]++
		require.Equal(t, 1, open[key], "one open interaction of a customer on a number")
		_, err := w.center.Do(t.Context(), queue.End{Interaction: in.ID})
		require.NoError(t, err)
	}
	names := map[string]map[string]bool{} // aliases by customer
	said := map[string]map[string]bool{}  // message ids by number and customer
	into := map[string]string{}           // customers that became another
	who := func(id string) string {
		for into[id] != "" {
			id = into[id]
		}
		return id
	}
	talks := map[string]string{} // number and customer by interaction
	for _, ev := range w.events() {
		switch ev.Kind {
		case queue.CustomerKnown:
			add(names, ev.Customer, ev.Aliases...)
		case queue.AliasLost:
			delete(names[ev.Customer], ev.Aliases[0])
		case queue.Ended:
			require.NotEqual(t, queue.OutcomeMerged, ev.Outcome, "no conversation ends by a merge")
		case queue.CustomerMerged:
			into[ev.From] = ev.Customer
			add(names, ev.Customer, slices.Collect(maps.Keys(names[ev.From]))...)
		case queue.Opened:
			talks[ev.Interaction] = ev.Number + " " + ev.Customer
			add(said, talks[ev.Interaction], ev.Message.ID)
		case queue.Received:
			if !ev.Message.Silent {
				add(said, talks[ev.Interaction], ev.Message.ID)
			}
		}
	}
	var out []string
	were := map[string]bool{}
	for _, key := range talks {
		number, customer, _ := strings.Cut(key, " ")
		were[number+" "+who(customer)] = true
	}
	for key := range were {
		number, customer, _ := strings.Cut(key, " ")
		all := map[string]bool{}
		for k, ids := range said {
			onNumber, by, _ := strings.Cut(k, " ")
			if who(by) == customer && onNumber == number {
				maps.Copy(all, ids)
			}
		}
		out = append(out, fmt.Sprint(number, " ", slices.Sorted(maps.Keys(names[customer])), " said ", slices.Sorted(maps.Keys(all))))
	}
	slices.Sort(out)
	return out
}

func add(sets map[string]map[string]bool, key string, values ...string) {
	if sets[key] == nil {
		sets[key] = map[string]bool{}
	}
	for _, v := range values {
		sets[key][v] = true
	}
}

// allPieces takes every sample apart into entries of one message, status or change each.
// The samples share a few ids among many messages; here each has one of its own.
func allPieces(t *testing.T, all map[string][]byte) []string {
	t.Helper()
	var out []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		var env struct {
			Entry []struct {
				ID      json.RawMessage `json:"id"`
				Changes []struct {
					Field json.RawMessage            `json:"field"`
					Value map[string]json.RawMessage `json:"value"`
				} `json:"changes"`
			} `json:"entry"`
		}
		require.NoError(t, json.Unmarshal(all[name], &env), name)
		for _, e := range env.Entry {
			for _, c := range e.Changes {
				for _, value := range singly(t, c.Value) {
					value["messages"] = numbered(t, value["messages"], len(out))
					entry := map[string]any{"changes": []any{map[string]any{"field": c.Field, "value": value}}}
					if e.ID != nil {
						entry["id"] = e.ID
					}
					if c.Field == nil {
						entry["changes"] = []any{map[string]any{"value": value}}
					}
					text, err := json.Marshal(entry)
					require.NoError(t, err)
					out = append(out, string(text))
				}
			}
		}
	}
	require.Greater(t, len(out), 150)
	return out
}

// singly splits the lists of a change.
func singly(t *testing.T, value map[string]json.RawMessage) []map[string]json.RawMessage {
	t.Helper()
	var out []map[string]json.RawMessage
	for _, list := range []string{"messages", "statuses"} {
		var items []json.RawMessage
		if value[list] == nil || json.Unmarshal(value[list], &items) != nil || len(items) < 2 {
			continue
		}
		for _, item := range items {
			one := maps.Clone(value)
			one[list], _ = json.Marshal([]json.RawMessage{item})
			out = append(out, one)
		}
	}
	if len(out) == 0 {
		out = append(out, value)
	}
	return out
}

// numbered gives the messages of a list other ids.
func numbered(t *testing.T, list json.RawMessage, n int) json.RawMessage {
	t.Helper()
	var items []map[string]json.RawMessage
	if json.Unmarshal(list, &items) != nil {
		return list
	}
	for i := range items {
		if items[i]["id"] != nil {
			items[i]["id"] = fmt.Appendf(nil, `"wamid.S%04d.%d"`, n, i)
		}
	}
	out, err := json.Marshal(items)
	require.NoError(t, err)
	return out
}

func envelope(entries ...string) []byte {
	return []byte(`{"object":"whatsapp_business_account","entry":[` + strings.Join(entries, ",") + `]}`)
}

// Every signature of the public vectors, at the door of a running center: what is not
// signed reaches nobody.
func TestSignatureVectorsAtTheCenter(t *testing.T) {
	path := filepath.Join("..", "shared", "whatsapp", "signature-vectors.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("the signature vectors are not beside this module (%v)", err)
	}
	var vectors []struct {
		Secret   string `json:"app_secret"`
		Body     string `json:"body"`
		BodyFile string `json:"body_file"`
		Header   string `json:"header"`
		Valid    *bool  `json:"valid"`
		Note     string `json:"note"`
	}
	require.NoError(t, json.Unmarshal(data, &vectors))
	for _, v := range vectors {
		body := []byte(v.Body)
		if v.BodyFile != "" {
			body, err = os.ReadFile(filepath.Join("..", "shared", "whatsapp", "fixtures", v.BodyFile))
			require.NoError(t, err)
		}
		calls := 0
		connector, err := cloudapi.New(cloudapi.Config{
			Name: "main", AccessToken: "t", AppSecrets: []string{"another", v.Secret}, VerifyTokens: []string{"v"},
			Numbers: map[string]string{"106540352242922": "+15550783881"},
		})
		require.NoError(t, err)
		center, err := usher.New(usher.Options{Connectors: []channel.Connector{connector}, Notice: func(channel.Update, error) { calls++ }})
		require.NoError(t, err)
		r := httptest.NewRequest(http.MethodPost, "/webhook", bytes.NewReader(body))
		if v.Header != "" {
			r.Header.Set("X-Hub-Signature-256", v.Header)
		}
		answer := httptest.NewRecorder()
		connector.Webhook(center).ServeHTTP(answer, r)
		switch {
		case v.Valid == nil: // Meta never sends it; it is refused here
			assert.Equal(t, http.StatusUnauthorized, answer.Code, v.Note)
		case *v.Valid:
			assert.Equal(t, http.StatusOK, answer.Code, v.Note)
		default:
			assert.Equal(t, http.StatusUnauthorized, answer.Code, v.Note)
		}
		if answer.Code != http.StatusOK {
			assert.Zero(t, calls, v.Note)
		}
	}
	require.NotEmpty(t, vectors)
}
