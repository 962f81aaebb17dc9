package cloudapitest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/usher-go/usher/channel"
)

// Person is a customer as WhatsApp knows them.
type Person struct {
	Name     string
	Number   string // digits; may be empty
	UserID   string // business-scoped: "US.13491208655302741918"
	ParentID string // "US.ENT.11815799212886844830"
	Username string // "@maria"
	// HideNumber leaves the number out of webhooks, as Meta does for people with a user
	// name. Messages to the number still arrive.
	HideNumber bool
}

func (p Person) aliases() []channel.Alias {
	var out []channel.Alias
	if p.Number != "" {
		out = append(out, channel.Phone(p.Number))
	}
	if p.UserID != "" {
		out = append(out, channel.User(p.UserID))
	}
	if p.ParentID != "" {
		out = append(out, channel.Parent(p.ParentID))
	}
	return out
}

// Phone is a customer's phone. Methods that return an [Event] write a message without
// sending it; [Server.Post] sends, singly or in batches. The number a message is for is one
// of the server's, in E.164.
type Phone struct {
	server *Server
	person Person
	inbox  []Sent // guarded by the server's lock
}

// Phone adds a customer.
func (s *Server) Phone(person Person) *Phone {
	s.mu.Lock()
	defer s.mu.Unlock()
	person.Number = channel.Phone(person.Number).Value()
	p := &Phone{server: s, person: person}
	for _, alias := range person.aliases() {
		s.phones[alias] = append(s.phones[alias], p)
	}
	return p
}

// Leave takes the customer away: messages to them are taken as before and arrive nowhere.
func (p *Phone) Leave() {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, alias := range p.person.aliases() {
		left := slices.DeleteFunc(s.phones[alias], func(x *Phone) bool { return x == p })
		if s.phones[alias] = left; len(left) == 0 {
			delete(s.phones, alias)
		}
		for id := range s.cfg.Numbers {
			delete(s.wrote, route{id, alias})
		}
	}
}

// Inbox returns what the business has sent, oldest first.
func (p *Phone) Inbox() []Sent {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	return slices.Clone(p.inbox)
}

// Await waits until the inbox holds n messages, and returns it.
func (p *Phone) Await(ctx context.Context, n int) ([]Sent, error) {
	err := p.server.wait(ctx, func() bool { return len(p.inbox) >= n })
	return p.Inbox(), err
}

// Say sends a text.
func (p *Phone) Say(ctx context.Context, number, text string) error {
	return p.server.Post(ctx, p.Text(number, text))
}

// Text writes a text.
func (p *Phone) Text(number, text string) Event {
	return p.Message(number, "text", map[string]any{"body": text})
}

// Reply writes a text that quotes a message.
func (p *Phone) Reply(sent Sent, text string) Event {
	e := p.Text(sent.From, text)
	e.item["context"] = map[string]any{"from": channel.Phone(sent.From).Value(), "id": sent.ID}
	return e
}

// Media writes a file: kind is "image", "video", "audio", "document" or "sticker", and id
// comes from [Server.AddMedia].
func (p *Phone) Media(number, kind, id, mime, caption string) Event {
	content := map[string]any{"id": id, "mime_type": mime, "sha256": "c2hhMjU2"}
	if caption != "" {
		content["caption"] = caption
	}
	return p.Message(number, kind, content)
}

// Location writes a place.
func (p *Phone) Location(number string, latitude, longitude float64) Event {
	return p.Message(number, "location", map[string]any{"latitude": latitude, "longitude": longitude})
}

// React puts an emoji on a message; an empty one takes it away.
func (p *Phone) React(sent Sent, emoji string) Event {
	content := map[string]any{"message_id": sent.ID}
	if emoji != "" {
		content["emoji"] = emoji
	}
	return p.Message(sent.From, "reaction", content)
}

// Press chooses an option, by its id or title, of the buttons or the list that were sent.
func (p *Phone) Press(sent Sent, option string) (Event, error) {
	kind, list := sent.choices()
	for _, c := range list {
		if c.ID != option && c.Title != option {
			continue
		}
		reply := map[string]any{"id": c.ID, "title": c.Title}
		if c.Description != "" {
			reply["description"] = c.Description
		}
		e := p.Message(sent.From, "interactive", map[string]any{"type": kind, kind: reply})
		e.item["context"] = map[string]any{"from": channel.Phone(sent.From).Value(), "id": sent.ID}
		return e, nil
	}
	return Event{}, fmt.Errorf("cloudapitest: %s has no option %q", sent.ID, option)
}

// Choose sends the answer to the newest message that offers the option.
func (p *Phone) Choose(ctx context.Context, option string) error {
	inbox := p.Inbox()
	for _, sent := range slices.Backward(inbox) {
		if e, err := p.Press(sent, option); err == nil {
			return p.server.Post(ctx, e)
		}
	}
	return fmt.Errorf("cloudapitest: no message offers %q", option)
}

// Message writes a message of any type with any content, which stands under the name of
// the type. Each gets the next id.
func (p *Phone) Message(number, kind string, content any) Event {
	s := p.server
	s.mu.Lock()
	s.count.in++
	id := fmt.Sprintf("wamid.IN%08d", s.count.in)
	s.mu.Unlock()
	now := s.cfg.Now()
	item := map[string]any{"id": id, "timestamp": strconv.FormatInt(now.Unix(), 10), "type": kind, kind: content}
	contact := map[string]any{}
	profile := map[string]any{"name": p.person.Name}
	put := func(from, to, value string) {
		if value != "" {
			item[from], contact[to] = value, value
		}
	}
	if !p.person.HideNumber {
		put("from", "wa_id", p.person.Number)
	}
	put("from_user_id", "user_id", p.person.UserID)
	put("from_parent_user_id", "parent_user_id", p.person.ParentID)
	if p.person.Username != "" {
		profile["username"] = p.person.Username
	}
	contact["profile"] = profile
	return Event{
		number: s.id(number), list: "messages", item: item, contact: contact,
		from: p.person.aliases(), at: now,
	}
}

// ID is the provider's id of the message, or of the message a status is about.
func (e Event) ID() string { id, _ := e.item["id"].(string); return id }

// At returns the event with another time.
func (e Event) At(t time.Time) Event {
	e.item = maps.Clone(e.item)
	e.item["timestamp"] = strconv.FormatInt(t.Unix(), 10)
	e.at = t
	return e
}

// JSON returns the message or status by itself, as the webhook carries it.
func (e Event) JSON() []byte {
	body, _ := json.Marshal(e.item)
	return body
}
