package console

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/sla"
)

// Options are what a console is made from. Authorize is required; the zero value of every
// other field is a working default.
type Options struct {
	// Authorize says who asks. It is called for every request of the API, and again with
	// every heartbeat of a stream, so that a permission that is taken away ends what it
	// allowed. An error is answered 401, or 403 when it is [ErrForbidden]; its text is not
	// shown. [AllowAll] lets everybody in, for demonstrations.
	Authorize func(*http.Request) (Actor, error)
	// Title stands on every page. "" = "usher".
	Title string
	// Pauses are the reasons for a pause, Dispositions the outcomes that an agent may
	// choose. None = any text.
	Pauses       []string
	Dispositions []string
	// Templates are offered when the window is closed. The provider must have approved
	// them.
	Templates []Template
	// Redact changes every text that people wrote before the actor sees it. nil = shown
	// as it is.
	Redact func(actor Actor, field Field, text string) string
	// Upload stores a file with a connector's provider and returns what a message may
	// carry. nil = connectors that implement [Uploader] are asked.
	Upload func(ctx context.Context, connector, number string, file Upload) (channel.MediaRef, error)
	// WhatIf tries other settings. nil = the page does not offer it.
	WhatIf WhatIf
	// TrustedOrigins may send commands although they are not the console's own, such as
	// "https://intranet.example": see [http.CrossOriginProtection].
	TrustedOrigins []string
	// MaxBody bounds the body of a command in bytes; 0 = 1 MiB. MaxUpload bounds a file;
	// 0 = 100 MiB, WhatsApp's own limit.
	MaxBody   int64
	MaxUpload int64
	// Heartbeat is how often the stream gives a sign of life; 0 = 15 s. A reader that
	// takes nothing for WriteTimeout (0 = 10 s) is dropped; it may come back.
	Heartbeat    time.Duration
	WriteTimeout time.Duration
	// Logger gets what nobody else would hear of. nil = nothing is logged.
	Logger *slog.Logger
}

// Actor is who uses the console.
type Actor struct {
	// ID goes as By on the events of what they do. Required.
	ID   string
	Name string
	// Agent is the id of the agent they are, "" = none.
	Agent string
	Can   Permission
	// Campaigns confines what they see and do to these; nil = all. It does not confine
	// the desk of an agent, who sees what is theirs.
	Campaigns []string

	demo bool // everybody is let in: see AllowAll
}

// Permission is a set of what an actor may do.
type Permission uint

// The permissions.
const (
	// Work is being an agent: one's own desk, and what is on it.
	Work Permission = 1 << iota
	// Watch is the dashboard: figures, agents, and lists of interactions.
	Watch
	// Read is the conversations of others.
	Read
	// Supervise is acting on the interactions and agents of others.
	Supervise
	// Configure is changing settings, members and the blacklist.
	Configure

	// Agent, ReadOnly and Supervisor are the usual sets.
	Agent      = Work
	ReadOnly   = Watch | Read
	Supervisor = Work | Watch | Read | Supervise | Configure
)

var permissionNames = []string{"work", "watch", "read", "supervise", "configure"}

// Names returns the names of the permissions in the set.
func (p Permission) Names() []string {
	out := []string{}
	for i, name := range permissionNames {
		if p&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// Field says which text is redacted.
type Field string

// The fields that are redacted.
const (
	FieldText     Field = "text"     // of a message, a caption, an option, a note, a variable
	FieldName     Field = "name"     // of the customer
	FieldAddress  Field = "address"  // of the customer, such as phone:5511912345678
	FieldFilename Field = "filename" // of a file
)

// Upload is a file on its way to a provider.
type Upload struct {
	Name string
	MIME string
	Data []byte
}

// Uploader is a [channel.Connector] that can store files for messages to carry.
type Uploader interface {
	UploadMedia(ctx context.Context, number string, file Upload) (channel.MediaRef, error)
}

// WhatIf runs a campaign's last hours again with other settings and compares. progress
// takes the share that is done, 0 to 1. It returns soon after ctx ends. It is called for
// several actors at the same time.
type WhatIf interface {
	Try(ctx context.Context, trial Trial, progress func(float64)) (WhatIfResult, error)
}

// WhatIfFunc is a function that is a [WhatIf].
type WhatIfFunc func(ctx context.Context, trial Trial, progress func(float64)) (WhatIfResult, error)

// Try calls f.
func (f WhatIfFunc) Try(ctx context.Context, trial Trial, progress func(float64)) (WhatIfResult, error) {
	return f(ctx, trial, progress)
}

// Trial is what is tried: one campaign's configuration on its own past.
type Trial struct {
	Center   *usher.Center
	Campaign usher.Campaign // valid, as it was edited
	From, To time.Time
}

// WhatIfResult compares the settings that are with those that were tried.
type WhatIfResult struct {
	From   time.Time  `json:"from"`
	To     time.Time  `json:"to"`
	Before WhatIfSide `json:"before"` // with the settings that are
	After  WhatIfSide `json:"after"`  // with those that were tried
	// Notes say what the reader should know, such as how many contacts were played.
	Notes []string `json:"notes"`
}

// WhatIfSide is one side of the comparison. Figures may be left empty: they are computed
// from Counts.
type WhatIfSide struct {
	Counts  sla.Counts          `json:"counts"`
	Figures map[string]*float64 `json:"figures"`
	// Ranges are the intervals, by figure, in which 95 of 100 such stretches of time lie.
	// They may be left empty.
	Ranges    map[string]Range `json:"ranges,omitempty"`
	Intervals []Interval       `json:"intervals"`
}

// Range is an interval of a figure, both ends included.
type Range struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}
