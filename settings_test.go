package usher_test

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
)

// The page of settings names every setting there is, and no other.
func TestEverySettingIsDescribed(t *testing.T) {
	text, err := os.ReadFile("docs/settings.md")
	require.NoError(t, err)
	page := string(text)
	described := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*`) \\|").FindAllStringSubmatch(page, -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			described[name[1]] = true
		}
	}
	var all []string
	for _, of := range []any{usher.Agent{}, usher.Campaign{}, channel.WhatsApp{}} {
		all = append(all, settings(reflect.TypeOf(of))...)
	}
	for _, name := range all {
		assert.True(t, described[name], "docs/settings.md does not describe %s", name)
	}
	for name := range described {
		assert.Contains(t, append(all, groups...), name, "docs/settings.md describes %s, which is no setting", name)
	}
}

// groups have a line of their own beside those of their settings.
var groups = []string{"members", "outOfHours"}

// settings are the names of a card's settings; those of a group follow its name. What
// stands in a list or another package is told in the line of the list.
func settings(t reflect.Type) (out []string) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Type == reflect.TypeFor[[]usher.Member]():
			for _, x := range settings(f.Type.Elem()) {
				out = append(out, name+"."+x)
			}
		case f.Type.Kind() == reflect.Struct:
			for _, x := range settings(f.Type) {
				out = append(out, name+"."+x)
			}
		default:
			out = append(out, name)
		}
	}
	return out
}

// The sample on the page is one that a center takes, names of connectors aside.
func TestTheSampleOfSettingsIsRead(t *testing.T) {
	text, err := os.ReadFile("docs/settings.md")
	require.NoError(t, err)
	sample := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(text)
	require.NotNil(t, sample)
	config, err := usher.ParseConfig(sample[1])
	require.NoError(t, err)
	h := newHouse(t, nil)
	config.Campaigns[0].ID = "other"
	config.Campaigns[0].WhatsApp.PhoneNumbers = []string{"+15550002222"}
	require.NoError(t, h.center.Configure(t.Context(), config))
}
