package queue

// Erase forgets customers: who they are, and what they said where it is still remembered.
// The ids may be unknown by now; the events are there for those who keep more. One who has
// an open interaction is refused with [ErrInUse]: end it first.
type Erase struct {
	Customers    []string
	Interactions []string // of theirs, as far as they are known to whoever asks
	By           string
}

func (Erase) cause() string { return "erase" }

func (c Erase) do(e *Engine) error {
	for _, id := range c.Customers {
		if x := e.customers[id]; x != nil && len(x.open) > 0 {
			return &Error{Command: e.cause, Code: ErrInUse, Interaction: x.open[0].id, Reason: "end it first"}
		}
	}
	for _, id := range c.Interactions {
		if in := e.interactions[id]; in != nil && in.phase != inEnd {
			return &Error{Command: e.cause, Code: ErrInUse, Interaction: id, Reason: "end it first"}
		}
	}
	for _, id := range c.Interactions {
		e.put(Event{Kind: CustomerErased, Interaction: id, By: c.By})
	}
	for _, id := range c.Customers {
		e.put(Event{Kind: CustomerErased, Customer: id, By: c.By})
	}
	return nil
}

// applyErased forgets one interaction or one customer. What is on its way to them is no
// longer waited for.
func (e *Engine) applyErased(ev *Event) {
	if ev.Interaction != "" {
		e.eraseInteraction(ev.Interaction)
		return
	}
	c := e.customers[ev.Customer]
	if c == nil {
		return
	}
	for id, in := range e.interactions {
		if in.cust == c && in.phase == inEnd {
			e.eraseInteraction(id)
		}
	}
	e.forget(c)
}

func (e *Engine) eraseInteraction(id string) {
	if in := e.interactions[id]; in != nil && in.phase == inEnd {
		for len(in.timers) > 0 {
			e.disarmTimer(in.timers[0])
		}
		e.dropOutbox(in)
		e.dropEnded(in)
	}
	kept := e.sentOrder[:0]
	for _, ref := range e.sentOrder {
		if ref.interaction == id {
			delete(e.sent, ref.id())
			continue
		}
		kept = append(kept, ref)
	}
	clear(e.sentOrder[len(kept):])
	e.sentOrder = kept
}
