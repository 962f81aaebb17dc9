package phones

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/console"
)

// What is kept: so many messages of a phone, so many bytes of files in all.
const (
	keepMessages = 300
	keepFiles    = 64 << 20
	maxFile      = 16 << 20
)

// Line is the network: a [channel.Connector] that also fetches and stores files. It is
// safe for concurrent use.
type Line struct {
	name    string
	numbers []string

	mu     sync.Mutex
	phones map[string]*phone // by digits
	files  []stored
	taken  map[string]string // key → message id: a repeated send is the same message
	watch  map[*watcher]struct{}
}

// phone is one customer's.
type phone struct{ messages []Message }

type stored struct {
	ref  channel.MediaRef
	data []byte
}

// Message is one message as a phone shows it.
type Message struct {
	ID     string    `json:"id"`
	Phone  string    `json:"phone"`  // the customer's digits
	Number string    `json:"number"` // the business's
	Mine   bool      `json:"mine"`   // from the customer
	At     time.Time `json:"at"`
	channel.Message
	State channel.State `json:"state,omitempty"` // of the desk's messages
}

var (
	_ channel.Connector    = (*Line)(nil)
	_ channel.MediaFetcher = (*Line)(nil)
	_ console.Uploader     = (*Line)(nil)
)

// New returns a network on which the business has these numbers, in E.164.
func New(name string, numbers ...string) *Line {
	return &Line{
		name: name, numbers: slices.Clone(numbers), phones: map[string]*phone{},
		taken: map[string]string{}, watch: map[*watcher]struct{}{},
	}
}

// Name implements [channel.Connector].
func (l *Line) Name() string { return l.name }

// Channel implements [channel.Connector]: it stands in for WhatsApp.
func (l *Line) Channel() string { return "whatsapp" }

// Numbers implements [channel.Connector].
func (l *Line) Numbers() []string { return slices.Clone(l.numbers) }

// Send implements [channel.Connector]: the message is on the phone when it returns.
func (l *Line) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	if err := l.check(ctx, out); err != nil {
		return channel.Receipt{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if id, again := l.taken[out.Key]; again {
		return channel.Receipt{MessageID: id}, nil
	}
	id := "phone." + rand.Text()
	l.taken[out.Key] = id
	m := Message{
		ID: id, Phone: out.To.Value(), Number: out.From, At: time.Now().UTC(),
		Message: out.Message, State: channel.Sent,
	}
	m.Message.ID = id
	l.putLocked(m)
	return channel.Receipt{MessageID: id, Aliases: []channel.Alias{out.To}}, nil
}

// check refuses what a provider would refuse.
func (l *Line) check(ctx context.Context, out channel.Outbound) error {
	fail := func(class channel.Class, format string, args ...any) error {
		return &channel.SendError{Class: class, Err: fmt.Errorf("phones: "+format, args...)}
	}
	switch {
	case ctx.Err() != nil:
		return fail(channel.Retry, "%w", ctx.Err())
	case !slices.Contains(l.numbers, out.From):
		return fail(channel.Permanent, "%s is not a number of this line", out.From)
	case out.To.Kind() != channel.KindPhone || out.To.Validate() != nil:
		return fail(channel.Permanent, "%q is not a phone", out.To)
	}
	switch out.Message.Kind {
	case channel.Text, channel.Image, channel.Video, channel.Audio, channel.Document, channel.Sticker, channel.Location,
		channel.Interactive, channel.Template, channel.Reaction, channel.Contacts:
		return nil
	}
	return fail(channel.Permanent, "a message of kind %q cannot be sent", out.Message.Kind)
}

// putLocked puts a message on a phone and tells the pages that show it.
func (l *Line) putLocked(m Message) {
	p := l.phoneLocked(m.Phone)
	p.messages = append(p.messages, m)
	if over := len(p.messages) - keepMessages; over > 0 {
		p.messages = slices.Delete(p.messages, 0, over)
	}
	l.tellLocked(m.Phone, m)
}

func (l *Line) phoneLocked(digits string) *phone {
	p := l.phones[digits]
	if p == nil {
		p = &phone{}
		l.phones[digits] = p
	}
	return p
}

// Say is a customer writing: the message goes to r as a provider's webhook would bring it,
// and is on the phone once r has taken it.
func (l *Line) Say(ctx context.Context, r channel.Receiver, from, name, number string, m channel.Message) (Message, error) {
	digits := channel.Phone(from).Value()
	switch {
	case digits == "":
		return Message{}, errors.New("phones: from must be a phone number")
	case !slices.Contains(l.numbers, number):
		return Message{}, fmt.Errorf("phones: unknown number %q; valid: %s", number, strings.Join(l.numbers, ", "))
	}
	m.ID, m.Time = "customer."+rand.Text(), time.Now().UTC().Truncate(time.Second)
	in := &channel.Inbound{From: channel.Customer{Aliases: []channel.Alias{channel.Phone(digits)}, Name: name}, Message: m}
	if err := r.Receive(ctx, []channel.Update{{Connector: l.name, Number: number, Message: in}}); err != nil {
		return Message{}, err
	}
	out := Message{ID: m.ID, Phone: digits, Number: number, Mine: true, At: time.Now().UTC(), Message: m}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.putLocked(out)
	return out, nil
}

// report moves the desk's messages on a phone to a state and tells r of those that moved.
func (l *Line) report(ctx context.Context, r channel.Receiver, digits string, state channel.State) error {
	var updates []channel.Update
	l.mu.Lock()
	if p := l.phones[digits]; p != nil {
		for i := range p.messages {
			m := &p.messages[i]
			if m.Mine || !state.Supersedes(m.State) {
				continue
			}
			m.State = state
			updates = append(updates, channel.Update{Connector: l.name, Number: m.Number, Status: &channel.Status{
				MessageID: m.ID, State: state, Time: time.Now().UTC(),
			}})
		}
	}
	l.mu.Unlock()
	if len(updates) == 0 {
		return nil
	}
	return r.Receive(ctx, updates)
}

// UploadMedia implements [console.Uploader].
func (l *Line) UploadMedia(_ context.Context, _ string, file console.Upload) (channel.MediaRef, error) {
	return l.store(file.Name, file.MIME, file.Data)
}

// store keeps a file; the oldest go when there is no more room.
func (l *Line) store(name, mime string, data []byte) (channel.MediaRef, error) {
	if len(data) > maxFile {
		return channel.MediaRef{}, fmt.Errorf("phones: the file has %d bytes, the largest is %d", len(data), maxFile)
	}
	ref := channel.MediaRef{ID: rand.Text(), MIME: mime, Filename: name}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files = append(l.files, stored{ref, data})
	sum := 0
	for i := len(l.files) - 1; i >= 0; i-- {
		if sum += len(l.files[i].data); sum > keepFiles {
			l.files = slices.Delete(l.files, 0, i+1)
			break
		}
	}
	return ref, nil
}

// FetchMedia implements [channel.MediaFetcher].
func (l *Line) FetchMedia(_ context.Context, _ string, ref channel.MediaRef) (io.ReadCloser, error) {
	if f, ok := l.file(ref.ID); ok {
		return io.NopCloser(bytes.NewReader(f.data)), nil
	}
	return nil, fmt.Errorf("phones: the file %q is not there any more", ref.ID)
}

func (l *Line) file(id string) (stored, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.files, func(f stored) bool { return f.ref.ID == id })
	if i < 0 {
		return stored{}, false
	}
	return l.files[i], true
}
