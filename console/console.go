package console

import (
	"crypto/rand"
	"embed"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/usher-go/usher"
)

//go:embed all:web
var webFiles embed.FS

// Console is an [http.Handler]. Make one with [New].
type Console struct {
	center *usher.Center
	opts   Options
	log    *slog.Logger
	epoch  string // names the life of this console in cursors
	table  []entry
	files  map[string]file
	origin *http.CrossOriginProtection

	directory directory
	met       acquaintances
	replies   replies
	last      lastMessages
	hub       hub
	runs      runs
	saving    chan struct{} // one save of settings at a time
}

// entry is a route that is being served.
type entry struct {
	route
	segments []string
}

// New returns the handler. It panics when center or Options.Authorize is nil, and when a
// trusted origin makes no sense, as [http.ServeMux.Handle] does for a bad pattern: such a
// program must not start, least of all to let everybody in. [AllowAll] is how to say that
// everybody may come in.
//
// The handler starts nothing by itself. While streams are open, and for two minutes after,
// one goroutine follows the center's events; [Console.Close] ends it.
func New(center *usher.Center, opts Options) *Console {
	switch {
	case center == nil:
		panic("console: New needs a center")
	case opts.Authorize == nil:
		panic("console: Options.Authorize is required: say who may come in (console.AllowAll for a demonstration)")
	}
	opts = opts.withDefaults()
	c := &Console{
		center: center, opts: opts, log: opts.Logger, epoch: strings.ToLower(rand.Text()[:6]),
		origin: http.NewCrossOriginProtection(), saving: make(chan struct{}, 1),
	}
	for _, o := range opts.TrustedOrigins {
		if err := c.origin.AddTrustedOrigin(o); err != nil {
			panic("console: Options.TrustedOrigins: " + err.Error())
		}
	}
	for _, r := range c.routes() {
		c.table = append(c.table, entry{r, strings.Split(r.path, "/")})
	}
	c.files = pageFiles()
	c.hub.console = c
	return c
}

func (o Options) withDefaults() Options {
	defaults(&o.Title, "usher")
	defaults(&o.MaxBody, 1<<20)
	defaults(&o.MaxUpload, 100<<20)
	defaults(&o.Heartbeat, 15*time.Second)
	defaults(&o.WriteTimeout, 10*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func defaults[T comparable](v *T, value T) {
	if zero := *new(T); *v == zero {
		*v = value
	}
}

// Close ends what the console has under way: streams are told to come back, simulations are
// cancelled. The handler can still be used.
func (c *Console) Close() {
	c.hub.stop()
	c.runs.stop()
}

const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// ServeHTTP implements [http.Handler].
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", csp)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if routes, args, ok := c.find(r.URL.EscapedPath()); ok {
		c.serve(w, r, routes, args)
		return
	}
	c.serveFile(w, r)
}
