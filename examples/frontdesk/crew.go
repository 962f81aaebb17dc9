package main

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
)

// crew are agents who are programs: they accept what they are offered, answer with one
// text, and finish a while later. A center asks them as its [usher.Desk]. What they then
// have they learn from its events, so that what is assigned without an offer counts too.
//
// A crew starts nothing by itself: follow is called when something may have happened, and
// act when the instant that next returns has come.
type crew struct {
	agents []string
	member map[string]bool
	reply  string
	length func(interaction string) time.Duration // how long an agent has a customer
	log    *slog.Logger

	center *usher.Center
	events *usher.Subscription

	mu      sync.Mutex
	due     dueList
	earlier chan struct{} // something is due earlier than all before
}

func newCrew(agents []string, reply string, length func(string) time.Duration, log *slog.Logger) *crew {
	c := &crew{agents: agents, member: map[string]bool{}, reply: reply, length: length, log: log, earlier: make(chan struct{}, 1)}
	for _, a := range agents {
		c.member[a] = true
	}
	return c
}

// join puts the crew on duty. What its agents have already, from before a restart, they
// finish as well.
func (c *crew) join(ctx context.Context, center *usher.Center) error {
	c.center = center
	c.events = center.Subscribe(0, queue.Answered, queue.TransferDone)
	for _, a := range c.agents {
		if _, err := center.Do(ctx, queue.AgentState{Agent: a, State: queue.Available}); err != nil {
			return fmt.Errorf("agent %s: %w", a, err)
		}
	}
	return c.catchUp(ctx)
}

// catchUp answers everything the crew has and has not planned the end of. What was
// answered before is not answered twice: a wish to send has a name.
func (c *crew) catchUp(ctx context.Context) error {
	for _, a := range c.center.Board(time.Now()).Agents {
		for _, interaction := range a.Has {
			if !c.member[a.ID] || c.planned(interaction) {
				continue
			}
			events, err := c.center.Transcript(ctx, interaction)
			if err != nil {
				return err
			}
			for _, ev := range slices.Backward(events) {
				if ev.Agent == a.ID && (ev.Kind == queue.Answered || ev.Kind == queue.TransferDone) {
					c.answer(ctx, &ev)
					break
				}
			}
		}
	}
	return nil
}

// Offer implements [usher.Desk].
func (c *crew) Offer(ctx context.Context, f queue.Effect) error {
	switch {
	case f.Kind == queue.EffectShow:
		return c.take(ctx, f.Interaction)
	case f.Kind != queue.EffectOffer || !c.member[f.Agent]:
		return nil
	}
	_, err := c.center.Do(ctx, queue.Accept{Agent: f.Agent, Interaction: f.Interaction})
	return late(err)
}

// take lets the first of the crew who may have it pull an interaction.
func (c *crew) take(ctx context.Context, interaction string) error {
	for _, a := range c.agents {
		_, err := c.center.Do(ctx, queue.Take{Agent: a, Interaction: interaction})
		switch {
		case errors.Is(err, queue.ErrNotEligible), errors.Is(err, queue.ErrNotMember):
			continue
		default:
			return late(err)
		}
	}
	return nil // all are busy: who is free next looks for it
}

// late takes for no error that the customer or somebody else was faster.
func late(err error) error {
	for _, code := range []queue.Code{
		queue.ErrNotOffered, queue.ErrAlreadyTaken, queue.ErrEnded, queue.ErrUnknownInteraction,
		queue.ErrNotOwner, queue.ErrNotWaiting,
	} {
		if errors.Is(err, code) {
			return nil
		}
	}
	return err
}

// follow reads the next event; what an agent of the crew has now, they answer.
func (c *crew) follow(ctx context.Context) error {
	ev, err := c.events.Next(ctx)
	return c.see(ctx, &ev, err)
}

// see answers an event, or catches up when events were missed.
func (c *crew) see(ctx context.Context, ev *queue.Event, err error) error {
	var lag *usher.LagError
	switch {
	case errors.As(err, &lag):
		return c.catchUp(ctx)
	case err != nil:
		return err
	case !c.member[ev.Agent]:
		return nil
	}
	c.answer(ctx, ev)
	return nil
}

// answer says the one text there is to say, and plans the end.
func (c *crew) answer(ctx context.Context, ev *queue.Event) {
	c.plan(ev.Interaction, ev.Agent, ev.At)
	err := c.center.Send(ctx, usher.Reply{
		Interaction: ev.Interaction, Agent: ev.Agent, Message: channel.TextMessage(c.reply), Dedup: fmt.Sprint(ev.Seq),
	})
	if late(err) != nil {
		c.log.Warn("frontdesk: reply", "interaction", ev.Interaction, "error", err)
	}
}

// drain answers everything there is to answer, and returns how many events there were.
func (c *crew) drain(ctx context.Context) (n int, err error) {
	for ; ctx.Err() == nil; n++ {
		ev, ok, err := c.events.Poll()
		if !ok && err == nil {
			return n, nil
		}
		if err := c.see(ctx, &ev, err); err != nil {
			return n, err
		}
	}
	return n, ctx.Err()
}

func (c *crew) plan(interaction, agent string, from time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	heap.Push(&c.due, part{from.Add(c.length(interaction)), interaction, agent})
	if c.due[0].interaction != interaction {
		return
	}
	select {
	case c.earlier <- struct{}{}:
	default:
	}
}

func (c *crew) planned(interaction string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.due {
		if p.interaction == interaction {
			return true
		}
	}
	return false
}

// next returns when an agent finishes next.
func (c *crew) next() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.due) == 0 {
		return time.Time{}, false
	}
	return c.due[0].at, true
}

// act finishes what is due.
func (c *crew) act(ctx context.Context, now time.Time) {
	for {
		p, ok := c.pop(now)
		if !ok {
			return
		}
		_, err := c.center.Do(ctx, queue.Finish{Agent: p.agent, Interaction: p.interaction, Disposition: "done"})
		if late(err) != nil {
			c.log.Warn("frontdesk: finish", "interaction", p.interaction, "error", err)
		}
		for _, v := range c.center.Visible(p.agent) { // of campaigns in which agents pull
			if _, err := c.center.Do(ctx, queue.Take{Agent: p.agent, Interaction: v.ID}); err == nil {
				break
			}
		}
	}
}

// work finishes what is due, when it is due, by the real clock until ctx ends.
func (c *crew) work(ctx context.Context) {
	for ctx.Err() == nil {
		wait := time.Hour
		if at, ok := c.next(); ok {
			wait = time.Until(at)
		}
		timer := time.NewTimer(max(wait, 0))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-c.earlier:
		}
		timer.Stop()
		c.act(ctx, time.Now())
	}
}

func (c *crew) pop(now time.Time) (part, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.due) == 0 || c.due[0].at.After(now) {
		return part{}, false
	}
	return heap.Pop(&c.due).(part), true
}

// part is one agent's part in an interaction, with its end.
type part struct {
	at                 time.Time
	interaction, agent string
}

// dueList is a heap of parts by their ends.
type dueList []part

func (d dueList) Len() int { return len(d) }
func (d dueList) Less(i, j int) bool {
	return d[i].at.Before(d[j].at) || d[i].at.Equal(d[j].at) && d[i].interaction < d[j].interaction
}
func (d dueList) Swap(i, j int) { d[i], d[j] = d[j], d[i] }
func (d *dueList) Push(x any)   { *d = append(*d, x.(part)) }
func (d *dueList) Pop() any {
	old := *d
	last := old[len(old)-1]
	*d = old[:len(old)-1]
	return last
}
