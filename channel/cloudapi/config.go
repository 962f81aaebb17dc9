package cloudapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Config is what a [Connector] needs. The zero value of a field is its default; fields
// without a default say "required".
type Config struct {
	// Name is how campaigns refer to the connector. Required.
	Name string
	// AccessToken is a system user's or business token for the Graph API. Required.
	AccessToken string
	// AppSecrets verify webhooks; one is enough, more serve a rotation, or several Meta
	// apps that share an address. At least one is required.
	AppSecrets []string
	// VerifyTokens are the words agreed with Meta for the handshake: one for the app, and
	// one more for each account or number with a callback of its own. At least one is
	// required.
	VerifyTokens []string
	// Numbers are the business numbers: Meta's phone_number_id → E.164 with the leading +.
	// At least one is required.
	Numbers map[string]string

	// GraphURL is the address of the Graph API. Default https://graph.facebook.com.
	GraphURL string
	// GraphVersion is the version in the path. Default v26.0, of 29 July 2026; Meta keeps
	// one for about two years.
	GraphVersion string
	// HTTPClient makes the calls. The default keeps idle connections for 30 s, less than
	// servers do, since a call on a connection that the server has just closed cannot be
	// told from one that was taken. Redirects are never followed with the token, whatever
	// the client says.
	HTTPClient *http.Client
	// Timeout is the longest one call may take, files aside. Default 15 s.
	Timeout time.Duration
	// SendFields are added to every send, for parameters this package does not know, such as
	// messaging_account_id. They cannot replace what it sets itself.
	SendFields map[string]json.RawMessage

	// MessagesPerSecond is the throughput of each number, kept before any call. Default
	// 80, Meta's own default; 20 for numbers shared with the WhatsApp Business app, up to
	// 1000 for upgraded ones. Negative: no limit here.
	MessagesPerSecond int
	// PairInterval is the time between messages from one number to one customer in the long
	// run, with bursts of 45. Default 6 s, Meta's own. Negative: no limit here.
	PairInterval time.Duration

	// MaxBody is the size of the largest webhook taken, in bytes. Default 4 MiB; Meta's
	// batches reach 3 MB.
	MaxBody int64
	// MaxMedia is the size of the largest file fetched or uploaded, in bytes. Default
	// 100 MiB, Meta's own limit.
	MaxMedia int64
	// MediaHosts are hosts, beside Meta's own and GraphURL's, to which the access token may
	// be sent when fetching media. ".example.com" stands for every host under it.
	MediaHosts []string

	// Logger takes warnings about refused webhooks and failed sends. It never sees a
	// token, a secret or the content of a message. Nil discards.
	Logger *slog.Logger
	// Now is the clock of the rate limits. Default [time.Now].
	Now func() time.Time
}

// withDefaults returns a copy that shares nothing with the caller.
func (c Config) withDefaults() Config {
	setDefault(&c.GraphURL, "https://graph.facebook.com")
	setDefault(&c.GraphVersion, "v26.0")
	setDefault(&c.Timeout, 15*time.Second)
	setDefault(&c.MessagesPerSecond, 80)
	setDefault(&c.PairInterval, 6*time.Second)
	setDefault(&c.MaxBody, 4<<20)
	setDefault(&c.MaxMedia, 100<<20)
	c.GraphURL = strings.TrimRight(c.GraphURL, "/")
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{Transport: defaultTransport()}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.AppSecrets = slices.Clone(c.AppSecrets)
	c.VerifyTokens = slices.Clone(c.VerifyTokens)
	c.MediaHosts = slices.Clone(c.MediaHosts)
	c.Numbers = maps.Clone(c.Numbers)
	c.SendFields = maps.Clone(c.SendFields)
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func defaultTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.IdleConnTimeout = 30 * time.Second
	t.MaxIdleConnsPerHost = 16
	return t
}

// faults collects everything that is wrong, each with its path.
type faults []error

func (f *faults) add(path, format string, args ...any) {
	*f = append(*f, fmt.Errorf("cloudapi: config: %s: %s", path, fmt.Sprintf(format, args...)))
}

var (
	e164Form    = regexp.MustCompile(`^\+[1-9][0-9]{2,14}$`)
	versionForm = regexp.MustCompile(`^v[0-9]+\.[0-9]+$`)
)

// validate is called after withDefaults.
func (c Config) validate() error {
	var f faults
	if strings.TrimSpace(c.Name) == "" {
		f.add("name", "is required")
	}
	c.validateSecrets(&f)
	c.validateNumbers(&f)
	c.validateGraph(&f)
	c.validateSizes(&f)
	return errors.Join(f...)
}

// validateSecrets never repeats a secret in its message.
func (c Config) validateSecrets(f *faults) {
	switch {
	case c.AccessToken == "":
		f.add("accessToken", "is required")
	case strings.ContainsFunc(c.AccessToken, func(r rune) bool { return r <= ' ' || r > '~' }):
		f.add("accessToken", "holds a space, a line break or another character no token has")
	}
	notEmpty := func(path string, list []string) {
		if len(list) == 0 {
			f.add(path, "at least one is required")
		}
		for i, s := range list {
			if s == "" {
				f.add(fmt.Sprintf("%s[%d]", path, i), "is empty")
			}
		}
	}
	notEmpty("appSecrets", c.AppSecrets)
	notEmpty("verifyTokens", c.VerifyTokens)
}

func (c Config) validateNumbers(f *faults) {
	if len(c.Numbers) == 0 {
		f.add("numbers", "at least one is required: phone_number_id → +E164")
	}
	owner := map[string]string{}
	for _, id := range slices.Sorted(maps.Keys(c.Numbers)) {
		path, number := fmt.Sprintf("numbers[%q]", id), c.Numbers[id]
		if id == "" || url.PathEscape(id) != id {
			f.add(path, "is not a phone_number_id")
		}
		if !e164Form.MatchString(number) {
			f.add(path, "%q is not E.164: a + and 3 to 15 digits", number)
		}
		if other, taken := owner[number]; taken {
			f.add(path, "%s is the number of %q already", number, other)
		}
		owner[number] = id
	}
}

func (c Config) validateGraph(f *faults) {
	u, err := url.Parse(c.GraphURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" {
		f.add("graphURL", "%q is not an http or https address", c.GraphURL)
	}
	if !versionForm.MatchString(c.GraphVersion) {
		f.add("graphVersion", "%q is not a version such as v26.0", c.GraphVersion)
	}
	for _, name := range slices.Sorted(maps.Keys(c.SendFields)) {
		path := fmt.Sprintf("sendFields[%q]", name)
		if ownField[name] || name == "" {
			f.add(path, "is set by the connector itself")
		}
		if !json.Valid(c.SendFields[name]) {
			f.add(path, "is not JSON")
		}
	}
	for i, host := range c.MediaHosts {
		if strings.Trim(host, ".") == "" || strings.ContainsAny(host, "/*: ") {
			f.add(fmt.Sprintf("mediaHosts[%d]", i), "%q is not a host, nor a dot and a domain", host)
		}
	}
}

func (c Config) validateSizes(f *faults) {
	if c.Timeout < 0 {
		f.add("timeout", "must be ≥ 0, is %v", c.Timeout)
	}
	if c.MaxBody < 0 {
		f.add("maxBody", "must be ≥ 0, is %d", c.MaxBody)
	}
	if c.MaxMedia < 0 {
		f.add("maxMedia", "must be ≥ 0, is %d", c.MaxMedia)
	}
}
