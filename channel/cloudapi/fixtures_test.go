package cloudapi_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
)

// fixtures returns the public webhook samples, by name.
func fixtures(t testing.TB) map[string][]byte {
	t.Helper()
	root := shared(t, "fixtures")
	out := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		out[name] = data
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(out), 100)
	return out
}

var anyNumberID = regexp.MustCompile(`"phone_number_id"\s*:\s*"([^"]+)"`)

// everyNumber is a configuration that knows all numbers of the samples.
func everyNumber(t testing.TB, samples map[string][]byte) cloudapi.Config {
	t.Helper()
	cfg := config()
	for _, data := range samples {
		for _, m := range anyNumberID.FindAllStringSubmatch(string(data), -1) {
			if _, seen := cfg.Numbers[m[1]]; !seen && !strings.ContainsAny(m[1], "<>/ ") {
				cfg.Numbers[m[1]] = fmt.Sprintf("+1999%07d", len(cfg.Numbers))
			}
		}
	}
	return cfg
}

// Every public sample, signed: 200, and at least one update; what is not routed says why.
func TestFixtures(t *testing.T) {
	samples := fixtures(t)
	known, unknown := &inbox{}, &inbox{}
	all := newConnector(t, everyNumber(t, samples)).Webhook(known)
	none := newConnector(t, config()).Webhook(unknown)
	for name, body := range samples {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, http.StatusOK, post(all, body))
			require.Equal(t, http.StatusOK, post(none, body), "unknown numbers are acknowledged too")
			if name == "empty-entry.json" {
				assert.Empty(t, known.all())
				assert.Empty(t, unknown.all())
				return
			}
			assertSound(t, known.all())
			assertSound(t, unknown.all())
		})
	}
}

func assertSound(t *testing.T, updates []channel.Update) {
	t.Helper()
	assert.NotEmpty(t, updates)
	for _, u := range updates {
		assert.Equal(t, "main", u.Connector)
		switch {
		case u.Message != nil:
			assert.NotEmpty(t, u.Message.ID)
			assert.NotEmpty(t, u.Message.Kind)
			assert.NotEmpty(t, u.Message.From.Aliases)
			assert.NotEmpty(t, u.Number)
		case u.Status != nil:
			assert.True(t, u.Status.State.Valid())
			assert.NotEmpty(t, u.Status.MessageID)
		case u.Identity != nil:
			assert.NotEmpty(t, u.Identity.Old)
			assert.NotEmpty(t, u.Identity.New)
		case assert.NotNil(t, u.Other):
			assert.NotEmpty(t, u.Other.Reason)
			assert.True(t, json.Valid(u.Other.Raw), "%s", u.Other.Raw)
		}
		_, err := json.Marshal(u)
		assert.NoError(t, err)
	}
}

// What the samples of ordinary messages decode to, by the first word of their names.
func TestFixtureKinds(t *testing.T) {
	samples := fixtures(t)
	in := &inbox{}
	h := newConnector(t, everyNumber(t, samples)).Webhook(in)
	kinds := map[string]channel.Kind{
		"text": channel.Text, "image": channel.Image, "video": channel.Video, "audio": channel.Audio,
		"document": channel.Document, "sticker": channel.Sticker, "location": channel.Location,
		"contacts": channel.Contacts, "interactive": channel.Answer, "button": channel.Answer,
		"reaction": channel.Reaction, "order": channel.Order, "edit": channel.Edit, "revoke": channel.Revoke,
		"unsupported": channel.Unsupported, "unknown": channel.Unsupported,
	}
	count := 0
	for name, body := range samples {
		kind, ok := kinds[strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '.' })[0]]
		switch {
		case !ok || strings.HasPrefix(name, "text-group"):
			continue
		case name == "interactive-unknown-bsuid.json":
			kind = channel.Unsupported // no content
		case name == "image-400.json":
			continue // no number
		}
		count++
		require.Equal(t, http.StatusOK, post(h, body))
		updates := in.all()
		if assert.NotNil(t, updates[0].Message, name) {
			assert.Equal(t, kind, updates[0].Message.Kind, name)
		}
	}
	assert.Greater(t, count, 50)
}

// Duplicates, splits and any order of changes decode to the same updates. (Scenario 36
// goes on in the center, which drops duplicates.)
func TestFixturesInBatches(t *testing.T) {
	samples := fixtures(t)
	in := &inbox{}
	h := newConnector(t, everyNumber(t, samples)).Webhook(in)
	var changes []string // each an entry with one change
	var singly []string
	for _, name := range sortedNames(samples) {
		for _, entry := range split(t, samples[name]) {
			changes = append(changes, entry)
			require.Equal(t, http.StatusOK, post(h, envelope(entry)))
			singly = append(singly, printed(t, in.all())...)
		}
	}
	require.Greater(t, len(changes), 150)

	t.Run("all in one", func(t *testing.T) {
		require.Equal(t, http.StatusOK, post(h, envelope(changes...)))
		assert.Equal(t, singly, printed(t, in.all()))
	})
	t.Run("backwards", func(t *testing.T) {
		back := slices.Clone(changes)
		slices.Reverse(back)
		require.Equal(t, http.StatusOK, post(h, envelope(back...)))
		assert.ElementsMatch(t, singly, printed(t, in.all()))
	})
	t.Run("each twice", func(t *testing.T) {
		require.Equal(t, http.StatusOK, post(h, envelope(append(changes, changes...)...)))
		assert.Equal(t, append(singly, singly...), printed(t, in.all()))
	})
	t.Run("in tens", func(t *testing.T) {
		for batch := range slices.Chunk(changes, 10) {
			require.Equal(t, http.StatusOK, post(h, envelope(batch...)))
		}
		assert.Equal(t, singly, printed(t, in.all()))
	})
}

func sortedNames(samples map[string][]byte) []string {
	var names []string
	for name := range samples {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// split takes a body apart into entries of one change each.
func split(t *testing.T, body []byte) []string {
	var env struct {
		Entry []struct {
			ID      json.RawMessage   `json:"id"`
			Changes []json.RawMessage `json:"changes"`
		} `json:"entry"`
	}
	require.NoError(t, json.Unmarshal(body, &env))
	var out []string
	for _, e := range env.Entry {
		id := string(e.ID)
		if id == "" {
			id = `""`
		}
		for _, c := range e.Changes {
			out = append(out, `{"id":`+id+`,"changes":[`+string(c)+`]}`)
		}
	}
	return out
}

func envelope(entries ...string) []byte {
	return []byte(`{"entry":[` + strings.Join(entries, ",") + `],"object":"whatsapp_business_account"}`)
}

func printed(t *testing.T, updates []channel.Update) []string {
	var out []string
	for _, u := range updates {
		data, err := json.Marshal(u)
		require.NoError(t, err)
		out = append(out, string(data))
	}
	return out
}
