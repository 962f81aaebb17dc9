package cloudapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/channel/cloudapi"
)

func TestConfigFaults(t *testing.T) {
	tests := map[string]struct {
		mend func(*cloudapi.Config)
		want string
	}{
		"name":              {func(c *cloudapi.Config) { c.Name = " " }, "name: is required"},
		"token":             {func(c *cloudapi.Config) { c.AccessToken = "" }, "accessToken: is required"},
		"token and newline": {func(c *cloudapi.Config) { c.AccessToken = "abc\n" }, "accessToken: holds a space"},
		"no secret":         {func(c *cloudapi.Config) { c.AppSecrets = nil }, "appSecrets: at least one is required"},
		"empty secret":      {func(c *cloudapi.Config) { c.AppSecrets = []string{"a", ""} }, "appSecrets[1]: is empty"},
		"no verify token":   {func(c *cloudapi.Config) { c.VerifyTokens = nil }, "verifyTokens: at least one is required"},
		"empty token":       {func(c *cloudapi.Config) { c.VerifyTokens = []string{""} }, "verifyTokens[0]: is empty"},
		"no numbers":        {func(c *cloudapi.Config) { c.Numbers = nil }, "numbers: at least one is required"},
		"number without +":  {func(c *cloudapi.Config) { c.Numbers["1"] = "15550783881" }, `numbers["1"]: "15550783881" is not E.164`},
		"one number twice":  {func(c *cloudapi.Config) { c.Numbers["1"], c.Numbers["2"] = "+1555", "+1555" }, `numbers["2"]: +1555 is the number of "1" already`},
		"id with a slash":   {func(c *cloudapi.Config) { c.Numbers["a/b"] = "+1555" }, `numbers["a/b"]: is not a phone_number_id`},
		"id empty":          {func(c *cloudapi.Config) { c.Numbers[""] = "+1555" }, `numbers[""]: is not a phone_number_id`},
		"address":           {func(c *cloudapi.Config) { c.GraphURL = "graph.facebook.com" }, `graphURL: "graph.facebook.com" is not an http or https address`},
		"address, scheme":   {func(c *cloudapi.Config) { c.GraphURL = "ftp://x" }, "graphURL"},
		"version":           {func(c *cloudapi.Config) { c.GraphVersion = "26" }, `graphVersion: "26" is not a version such as v26.0`},
		"own field":         {func(c *cloudapi.Config) { c.SendFields = map[string]json.RawMessage{"to": []byte(`"1"`)} }, `sendFields["to"]: is set by the connector itself`},
		"field, not JSON":   {func(c *cloudapi.Config) { c.SendFields = map[string]json.RawMessage{"x": []byte(`{`)} }, `sendFields["x"]: is not JSON`},
		"media host":        {func(c *cloudapi.Config) { c.MediaHosts = []string{"ok.example", "https://x"} }, `mediaHosts[1]: "https://x" is not a host`},
		"media host, all":   {func(c *cloudapi.Config) { c.MediaHosts = []string{"."} }, "mediaHosts[0]"},
		"timeout":           {func(c *cloudapi.Config) { c.Timeout = -1 }, "timeout: must be ≥ 0, is -1ns"},
		"body":              {func(c *cloudapi.Config) { c.MaxBody = -1 }, "maxBody: must be ≥ 0, is -1"},
		"media":             {func(c *cloudapi.Config) { c.MaxMedia = -1 }, "maxMedia: must be ≥ 0, is -1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := config()
			tt.mend(&cfg)
			c, err := cloudapi.New(cfg)
			require.ErrorContains(t, err, "cloudapi: config: "+tt.want)
			assert.Nil(t, c)
		})
	}
	t.Run("every fault at once", func(t *testing.T) {
		_, err := cloudapi.New(cloudapi.Config{GraphVersion: "x", MaxBody: -1, AccessToken: "se cret"})
		require.Error(t, err)
		lines := strings.Split(err.Error(), "\n")
		assert.Len(t, lines, 7)
		assert.NotContains(t, err.Error(), "se cret", "secrets are not repeated")
	})
}
