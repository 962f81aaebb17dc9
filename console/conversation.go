package console

import (
	"container/list"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/usher-go/usher/queue"
)

// interaction is one interaction.
func (c *Console) interaction(x *call) (any, error) {
	s, err := x.subject(Watch | Read | Supervise)
	if err != nil {
		return nil, err
	}
	return x.detail(&s)
}

// detail is an interaction with what may be done to it.
func (x *call) detail(s *subject) (Interaction, error) {
	b, err := x.book(x.r.Context())
	if err != nil {
		return Interaction{}, err
	}
	in := x.show(b, s)
	in.May = x.may(s)
	in.Reason, err = x.handingReason(s)
	return in, err
}

// explain says why an interaction waits.
func (c *Console) explain(x *call) (any, error) {
	s, err := x.subject(Watch)
	if err != nil {
		return nil, err
	}
	why, err := c.center.Explain(x.r.Context(), s.id)
	return Explanation{Interaction: s.id, Explanation: why}, err
}

// conversation is a page of what was said.
func (c *Console) conversation(x *call) (any, error) {
	s, err := x.subject(Read)
	if err != nil {
		return nil, err
	}
	before, err := x.integer("before", 0, 0, 1<<62)
	if err != nil {
		return nil, err
	}
	after, err := x.integer("after", 0, 0, 1<<62)
	if err != nil {
		return nil, err
	}
	limit, err := x.limit()
	if err != nil {
		return nil, err
	}
	cursor := x.cursor(c.center.Seq())
	in, err := x.detail(&s)
	if err != nil {
		return nil, err
	}
	events, err := c.center.Transcript(x.r.Context(), s.id)
	if err != nil {
		return nil, err
	}
	out := Conversation{Interaction: in, Cursor: cursor}
	out.Items, out.Before = page(items(events), before, after, limit)
	for i := range out.Items {
		out.Items[i] = x.shown(out.Items[i])
	}
	return out, nil
}

// page cuts the last items before a seq, or the first after one.
func page(all []Item, before, after uint64, limit int) (part []Item, more uint64) {
	if after > 0 {
		i, _ := slices.BinarySearchFunc(all, after+1, func(it Item, seq uint64) int { return compare(it.Seq, seq) })
		return all[i:min(i+limit, len(all))], 0
	}
	end := len(all)
	if before > 0 {
		end, _ = slices.BinarySearchFunc(all, before, func(it Item, seq uint64) int { return compare(it.Seq, seq) })
	}
	start := max(end-limit, 0)
	if start > 0 {
		more = all[start].Seq
	}
	return all[start:end], more
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// timeline is the journal of an interaction without what was said.
func (c *Console) timeline(x *call) (any, error) {
	s, err := x.subject(Watch | Read | Supervise)
	if err != nil {
		return nil, err
	}
	in, err := x.detail(&s)
	if err != nil {
		return nil, err
	}
	events, err := c.center.Transcript(x.r.Context(), s.id)
	if err != nil {
		return nil, err
	}
	out := Timeline{Interaction: in, Events: []queue.Event{}, Names: map[string]string{}}
	for _, ev := range events {
		maps.Copy(out.Names, x.called(ev.Agent, ev.From, ev.By, ev.Campaign))
		if ev.Message != nil {
			bare := *ev.Message
			bare.Text, bare.Body = "", nil
			ev.Message = &bare
		}
		ev.Data, ev.Vars, ev.Aliases, ev.Weak = nil, nil, nil, nil
		ev.Name = x.redact(FieldName, ev.Name)
		out.Events = append(out.Events, ev)
	}
	return out, nil
}

// lastMessages keeps the latest message of interactions that are shown in lists, so that a
// desk does not read its conversations from the journal again and again.
type lastMessages struct {
	mu    sync.Mutex
	known map[string]*list.Element
	order list.List // of lastMessage, the one used last first
}

type lastMessage struct {
	id   string
	said uint64
	item Item
}

const lastCount = 5000

// lastSaid returns the latest message of an interaction, nil if there is none. said is the
// event of it, as [usher.Summary] has it: an older answer is not given.
func (c *Console) lastSaid(ctx context.Context, id string, said uint64) (*Item, error) {
	if said == 0 {
		return nil, nil
	}
	if it := c.last.get(id, said); it != nil {
		return it, nil
	}
	events, err := c.center.Transcript(ctx, id)
	if err != nil {
		return nil, err
	}
	for i := range slices.Backward(events) {
		if events[i].Message == nil {
			continue
		}
		if it, ok := itemOf(&events[i]); ok && it.Message != nil {
			it.Delivery = "" // it moves on, this does not
			c.last.put(lastMessage{id, it.Seq, it})
			return &it, nil
		}
	}
	return nil, nil // what was said is erased or too old
}

func (l *lastMessages) get(id string, said uint64) *Item {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.known[id]
	if e == nil || e.Value.(lastMessage).said < said {
		return nil
	}
	l.order.MoveToFront(e)
	it := e.Value.(lastMessage).item
	return &it
}

func (l *lastMessages) put(m lastMessage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil {
		l.known = map[string]*list.Element{}
	}
	if e := l.known[m.id]; e != nil {
		e.Value = m
		l.order.MoveToFront(e)
		return
	}
	l.known[m.id] = l.order.PushFront(m)
	if l.order.Len() > lastCount {
		old := l.order.Remove(l.order.Back()).(lastMessage)
		delete(l.known, old.id)
	}
}
