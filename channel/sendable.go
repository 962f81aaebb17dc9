package channel

import (
	"strings"

	"github.com/usher-go/usher/internal/fault"
)

// sendable are the kinds of message that go out.
var sendable = []Kind{Text, Image, Video, Audio, Document, Sticker, Location, Contacts, Interactive, Template, Reaction}

// Sendable returns an error with every fault, under its path, of a message that no connector
// could send: one without a text, a file, or what else its kind is about. Limits of a
// provider are its connector's to know.
func (m Message) Sendable() error {
	var f fault.Faults
	missing := ""
	switch m.Kind {
	case Text:
		if strings.TrimSpace(m.Text) == "" {
			missing = "text"
		}
	case Image, Video, Audio, Document, Sticker:
		if m.Media == nil || m.Media.ID == "" && m.Media.URL == "" {
			missing = "media"
		}
	case Interactive:
		if m.Menu == nil || len(m.Menu.Options) == 0 {
			missing = "menu"
		}
	case Location:
		if m.Location == nil {
			missing = "location"
		}
	case Contacts:
		if len(m.Contacts) == 0 {
			missing = "contacts"
		}
	case Template:
		if m.Template == nil || m.Template.Name == "" {
			missing = "template"
		}
	case Reaction:
		if m.Reaction == nil || m.Reaction.MessageID == "" {
			missing = "reaction"
		}
	default:
		f.Add("kind", "unknown kind %q; valid: %s", m.Kind, kindNames(sendable))
	}
	if missing != "" {
		f.Add(missing, "a message of kind %q must have it", m.Kind)
	}
	return f.Err()
}

func kindNames(list []Kind) string {
	out := make([]string, len(list))
	for i, k := range list {
		out[i] = string(k)
	}
	return strings.Join(out, ", ")
}
