package cloudapi

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"

	"github.com/usher-go/usher/internal/redact"
)

// credentials holds the secrets of a [Config] as closures, which package fmt prints as
// addresses: no verb and no nesting shows them.
type credentials struct {
	token  func() string
	app    func() []string
	verify func() []string
	redact.Secrets
}

// hide takes the secrets out of a configuration that has been validated.
func hide(cfg *Config) credentials {
	token, app, verify := cfg.AccessToken, cfg.AppSecrets, cfg.VerifyTokens
	cfg.AccessToken, cfg.AppSecrets, cfg.VerifyTokens = "", nil, nil
	return credentials{
		token:   func() string { return token },
		app:     func() []string { return app },
		verify:  func() []string { return verify },
		Secrets: redact.New(slices.Concat([]string{token}, app, verify)...),
	}
}

// String names the connector and its numbers, without secrets.
func (c Config) String() string {
	text := "cloudapi.Config{Name: " + c.Name + ", Numbers:"
	for _, id := range slices.Sorted(maps.Keys(c.Numbers)) {
		text += " " + c.Numbers[id]
	}
	return text + "}"
}

// Format prints String for every verb: no verb shows a secret.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue is String for package slog.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }
