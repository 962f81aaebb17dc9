package usher_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
)

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
