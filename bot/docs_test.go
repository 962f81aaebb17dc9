package bot_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/bot"
)

// The bots that the page shows can be made, and every field of theirs is on it.
func TestBotsPage(t *testing.T) {
	page, err := os.ReadFile("../docs/bots.md")
	require.NoError(t, err)
	blocks := strings.Split(string(page), "```json\n")[1:]
	require.Len(t, blocks, 3)
	for _, block := range blocks {
		text, _, _ := strings.Cut(block, "```")
		_, err := bot.Parse([]byte(text))
		assert.NoError(t, err)
	}
	for _, of := range []any{bot.Message{}, bot.Menu{}, bot.Choice{}, bot.Exit{}, bot.Survey{}, bot.Next{}} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(of)) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !strings.Contains(string(page), `"`+name+`"`) && !strings.Contains(string(page), "`"+name+"`") {
				t.Errorf("%T: the page does not say %s", of, name)
			}
		}
	}
}

// What the page about webhooks shows is what the code sends and reads.
func TestWebhookPage(t *testing.T) {
	page, err := os.ReadFile("../docs/bot-webhook.md")
	require.NoError(t, err)
	seen := map[string]int{}
	for _, block := range strings.Split(string(page), "```json ")[1:] {
		kind, rest, _ := strings.Cut(block, "\n")
		text, _, closed := strings.Cut(rest, "```")
		require.True(t, closed)
		seen[kind]++
		switch kind {
		case "config":
			_, err := bot.Parse([]byte(text))
			assert.NoError(t, err)
		case "reply":
			_, err := bot.ParseReply([]byte(text))
			assert.NoError(t, err, text)
		case "request":
			var s bot.Session
			require.NoError(t, json.Unmarshal([]byte(text), &s))
			sent, err := json.Marshal(struct {
				Version int `json:"version"`
				bot.Session
			}{bot.WebhookVersion, s})
			require.NoError(t, err)
			assert.JSONEq(t, text, string(sent))
		default:
			t.Errorf("unknown kind of sample: %s", kind)
		}
	}
	assert.Equal(t, map[string]int{"config": 1, "request": 1, "reply": 4}, seen)
	for _, field := range []string{"version", "key", "interaction", "campaign", "customer", "customerName", "number", "channel", "phase", "turn", "vars", "now", "input"} {
		assert.Contains(t, string(page), "`"+field+"`")
	}
}
