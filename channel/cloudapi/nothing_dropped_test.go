package cloudapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel"
)

// notNews are members whose value is known without the update: the envelope, the business's
// own number, and words that only name what stands next to them.
var notNews = []string{
	"object", "entry.id", "entry.time", "entry.changes.field",
	"messaging_product", "metadata.display_phone_number", "metadata.phone_number_id",
	"messages.type", "messages.interactive.type", "messages.system.type", "statuses.status",
	"statuses.type", "statuses.recipient_type", "user_id_update.type", "user_id_update.detail",
}

// TestNothingSignedIsDropped checks that every value of every sample is found in the update
// that it gives: in a field, or in the original that the update keeps.
func TestNothingSignedIsDropped(t *testing.T) {
	samples := fixtures(t)
	for _, path := range globbed(t, "../../shared/channels/samples") {
		if strings.HasPrefix(filepath.Base(path), "twilio") {
			continue
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		samples["channels/"+filepath.Base(path)] = data
	}
	in := &inbox{}
	h := newConnector(t, everyNumber(t, samples)).Webhook(in)
	lost := map[string][]string{}
	for _, name := range sortedNames(samples) {
		require.Equal(t, http.StatusOK, post(h, samples[name]))
		kept := values(t, in.all())
		var body any
		require.NoError(t, json.Unmarshal(samples[name], &body))
		leaves("", body, func(path, value string) {
			if !known(name, path) && !found(kept, value) {
				lost[path] = append(lost[path], name+": "+value)
			}
		})
	}
	for _, path := range slices.Sorted(maps.Keys(lost)) {
		t.Errorf("%s is dropped:\n\t%s", path, strings.Join(lost[path], "\n\t"))
	}
}

func globbed(t *testing.T, dir string) []string {
	files, err := filepath.Glob(filepath.Join("..", dir, "*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("no reference data at " + dir)
	}
	return files
}

func known(sample, path string) bool {
	if strings.HasPrefix(sample, "status-") && strings.HasSuffix(path, "contacts.profile.name") {
		return true // a recipient's name is known from what the recipient wrote
	}
	return slices.ContainsFunc(notNews, func(p string) bool { return path == p || strings.HasSuffix(path, "."+p) })
}

// values returns every leaf of the updates as text; text that holds JSON, and originals, are
// taken apart too.
func values(t *testing.T, updates []channel.Update) map[string]bool {
	out := map[string]bool{}
	data, err := json.Marshal(updates)
	require.NoError(t, err)
	var all any
	require.NoError(t, json.Unmarshal(data, &all))
	leaves("", all, func(_, value string) {
		out[value] = true
		if _, bare, ok := strings.Cut(value, ":"); ok { // an alias
			out[bare] = true
		}
	})
	for _, u := range updates {
		if u.Other != nil {
			var raw any
			require.NoError(t, json.Unmarshal(u.Other.Raw, &raw))
			leaves("", raw, func(_, value string) { out[value] = true })
		}
		if u.Message != nil && !u.Message.Time.IsZero() {
			out[fmt.Sprint(u.Message.Time.Unix())] = true
		}
		if u.Status != nil && !u.Status.Time.IsZero() {
			out[fmt.Sprint(u.Status.Time.Unix())] = true
		}
	}
	return out
}

func found(kept map[string]bool, value string) bool {
	if kept[value] || kept[strings.TrimPrefix(value, "+")] || kept["@"+value] {
		return true
	}
	for k := range kept { // joined texts of several errors
		if len(value) > 3 && strings.Contains(k, value) {
			return true
		}
	}
	return false
}

// leaves calls visit for every value that is no object or array, with its path without the
// numbers of array elements.
func leaves(path string, v any, visit func(path, value string)) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			leaves(strings.TrimPrefix(path+"."+key, "."), value, visit)
		}
	case []any:
		for _, value := range v {
			leaves(path, value, visit)
		}
	case nil:
	case float64:
		visit(path, fmt.Sprintf("%v", json.Number(fmt.Sprintf("%.10g", v))))
	case string:
		var inner any
		if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &inner) == nil {
			leaves(path, inner, visit)
			return
		}
		if v != "" {
			visit(path, v)
		}
	case bool:
		if v {
			visit(path, "true")
		}
	}
}
