package bot_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/bot"
)

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
