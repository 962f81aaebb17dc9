package cloudapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"unicode/utf8"
)

// The limits Meta documents for what is sent, in characters or pieces.
const (
	maxText           = 4096
	maxCaption        = 1024 // image, video, document
	maxHeader         = 60
	maxFooter         = 60
	maxButtonsBody    = 1024
	maxButtons        = 3
	maxButtonTitle    = 20
	maxButtonID       = 256
	maxListBody       = 4096
	maxListButton     = 20
	maxRows           = 10 // in all sections together
	maxRowTitle       = 24
	maxRowDescription = 72
	maxRowID          = 200
	maxSectionTitle   = 24
	maxCards          = 5
)

// A LimitError says that a message holds more than WhatsApp takes. [Connector.Send]
// returns it, inside a Permanent [channel.SendError], before any call.
type LimitError struct {
	Field string // path in channel.Outbound's message: "text", "menu.options[2].title"
	Max   int    // the most that passes, in characters, or in pieces for a list
	Got   int
}

// Error implements error.
func (e *LimitError) Error() string {
	return fmt.Sprintf("cloudapi: send: %s: %d given, at most %d are allowed", e.Field, e.Got, e.Max)
}

// sendFaults collects everything that is wrong with a message.
type sendFaults []error

func (f *sendFaults) err() error { return errors.Join(*f...) }

func (f *sendFaults) add(path, format string, args ...any) {
	*f = append(*f, fmt.Errorf("cloudapi: send: %s: %s", path, fmt.Sprintf(format, args...)))
}

func (f *sendFaults) limit(path, text string, limit int) {
	if len(text) <= limit {
		return // never more characters than bytes
	}
	if n := utf8.RuneCountInString(text); n > limit {
		*f = append(*f, &LimitError{Field: path, Max: limit, Got: n})
	}
}

// count checks a list, which must not be empty either.
func (f *sendFaults) count(path string, n, limit int) {
	if n == 0 {
		f.add(path, "is empty")
	}
	if n > limit {
		*f = append(*f, &LimitError{Field: path, Max: limit, Got: n})
	}
}

func (f *sendFaults) required(path, text string) {
	if text == "" {
		f.add(path, "is empty")
	}
}

func (f *sendFaults) degrees(path string, v, limit float64) {
	if math.IsNaN(v) || math.Abs(v) > limit {
		f.add(path, "must lie between -%v and %v, is %v", limit, limit, v)
	}
}

func (f *sendFaults) link(path, link string) {
	u, err := url.Parse(link)
	if link == "" || err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		f.add(path, "media needs an id, or an http or https address")
	}
}

// list checks a raw value that must be a JSON array, or absent, and returns its elements.
func (f *sendFaults) list(path string, raw json.RawMessage) []json.RawMessage {
	var items []json.RawMessage
	if len(raw) > 0 && json.Unmarshal(raw, &items) != nil {
		f.add(path, "is not a JSON array")
	}
	return items
}

// cards checks contacts. Each must be an object with a name that has a formatted_name.
func (f *sendFaults) cards(raw json.RawMessage) {
	items := f.list("contacts", raw)
	f.count("contacts", len(items), maxCards)
	for i, item := range items {
		var card struct {
			Name struct {
				Formatted string `json:"formatted_name"`
			} `json:"name"`
		}
		if json.Unmarshal(item, &card) != nil || card.Name.Formatted == "" {
			f.add(fmt.Sprintf("contacts[%d].name.formatted_name", i), "is empty")
		}
	}
}
