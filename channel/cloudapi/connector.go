package cloudapi

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"

	"github.com/usher-go/usher/channel"
)

// Connector is one WhatsApp Business account at Meta's Cloud API. It implements
// [channel.Connector], [channel.MediaFetcher], [channel.Reader] and [channel.Typer], and
// is safe for concurrent use. It starts no goroutine of its own.
type Connector struct {
	cfg      Config // without its secrets
	secrets  credentials
	log      *slog.Logger
	ids      map[string]string // +E164 → phone_number_id
	verifier *verifier
	rates    *rates
}

var (
	_ channel.Connector    = (*Connector)(nil)
	_ channel.MediaFetcher = (*Connector)(nil)
	_ channel.Reader       = (*Connector)(nil)
	_ channel.Typer        = (*Connector)(nil)
)

// New returns a connector. It makes no call. The error lists everything that is wrong
// with cfg, a line each, with its path.
func New(cfg Config) (*Connector, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	client := *cfg.HTTPClient
	cfg.HTTPClient = &client
	hidden := hide(&cfg)
	c := &Connector{
		cfg: cfg, secrets: hidden, log: cfg.Logger, ids: make(map[string]string, len(cfg.Numbers)),
		verifier: newVerifier(hidden.app()), rates: newRates(cfg),
	}
	for id, number := range cfg.Numbers {
		c.ids[number] = id
	}
	client.CheckRedirect = c.redirect
	return c, nil
}

// Name implements [channel.Connector].
func (c *Connector) Name() string { return c.cfg.Name }

// Channel implements [channel.Connector]: "whatsapp".
func (c *Connector) Channel() string { return "whatsapp" }

// Numbers implements [channel.Connector]: sorted.
func (c *Connector) Numbers() []string { return slices.Sorted(maps.Keys(c.ids)) }

// String names the connector. It keeps secrets out of logs that print one.
func (c *Connector) String() string { return "cloudapi:" + c.cfg.Name }

// Format prints String for every verb: no verb shows a secret.
func (c *Connector) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }
