package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/schedule"
)

// office is open on weekdays from 8 to 18 UTC. The floor opens on a Monday at 9, so that
// nine hours later it closes.
func office(exceptions ...schedule.Exception) queue.Campaign {
	return queue.Campaign{
		Texts: queue.Texts{OutOfHours: "closed"},
		Hours: &schedule.Schedule{
			Week:       []schedule.Rule{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, Range: schedule.Range{From: "08:00", To: "18:00"}}},
			Exceptions: exceptions,
		},
	}
}

// Out of hours: who would have opened an interaction is told once per closed period.
func TestOutOfHours(t *testing.T) {
	const untilClosing, night = 9 * time.Hour, 14 * time.Hour
	// closed is a floor an hour after closing time.
	closed := func(t *testing.T, cards ...queue.Campaign) *floor {
		f := newFloor(t, cards...)
		f.pass(untilClosing + time.Hour)
		return f
	}

	t.Run("it ends at once with the text, and nobody is asked", func(t *testing.T) {
		f := closed(t, office())
		f.available("ana")
		id := f.says("maria", "hello")
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(id))
		assert.Equal(t, []string{"closed"}, f.texts(id))
		assert.Empty(t, f.all(queue.Opened, ""))
		assert.Empty(t, f.all(queue.Offered, ""))
		f.delivers()
		f.gone(id)
	})
	t.Run("the next message of that night is counted, not answered", func(t *testing.T) {
		f := closed(t, office())
		f.says("maria", "hello")
		f.pass(13*time.Hour - 1) // the last nanosecond before opening
		id := f.says("maria", "hello?")
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(id))
		assert.True(t, f.last(queue.Refused, id).Repeat)
		assert.Empty(t, f.texts(id))
	})
	t.Run("another customer is told too", func(t *testing.T) {
		f := closed(t, office())
		f.says("maria", "hello")
		assert.Equal(t, []string{"closed"}, f.texts(f.says("pedro", "hello")))
	})
	t.Run("the next night tells again", func(t *testing.T) {
		f := closed(t, office())
		f.says("maria", "hello")
		f.pass(24 * time.Hour)
		assert.Equal(t, []string{"closed"}, f.texts(f.says("maria", "hello")))
	})
	t.Run("a weekend is one period", func(t *testing.T) {
		f := newFloor(t, office())
		f.pass(4*24*time.Hour + untilClosing) // Friday
		assert.Equal(t, []string{"closed"}, f.texts(f.says("maria", "hello")))
		f.pass(24 * time.Hour)
		assert.Empty(t, f.texts(f.says("maria", "hello?")))
	})
	t.Run("each campaign tells for itself", func(t *testing.T) {
		support := office()
		support.ID = "support"
		f := closed(t, office(), support)
		f.says("maria", "hello")
		c := f.contact("maria", "hello")
		c.Number = other
		assert.Equal(t, []string{"closed"}, f.texts(f.arrives(c)))
	})
	t.Run("the same message delivered twice is one attempt", func(t *testing.T) {
		f := closed(t, office())
		c := f.contact("maria", "hello")
		f.do(c)
		c.ID = "again"
		f.do(c)
		assert.Len(t, f.all(queue.Refused, ""), 1)
	})
	t.Run("without a text nothing is said and it is counted", func(t *testing.T) {
		c := office()
		c.Texts = queue.Texts{}
		f := closed(t, c)
		id := f.says("maria", "hello")
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(id))
		assert.Empty(t, f.texts(id))
		f.gone(id)
	})
	t.Run("a contact without an address is counted", func(t *testing.T) {
		f := closed(t, office())
		id := f.arrives(queue.Arrive{Campaign: "sales", ID: "call"})
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(id))
		assert.Empty(t, f.texts(id))
	})

	t.Run("never for a message of an interaction that waits", func(t *testing.T) {
		f := newFloor(t, office())
		id := f.says("maria", "hello")
		f.pass(untilClosing + time.Hour)
		assert.Equal(t, id, f.says("maria", "still there?"))
		assert.Empty(t, f.texts(id))
	})
	t.Run("never while an agent is engaged", func(t *testing.T) {
		f := newFloor(t, office())
		f.available("ana")
		id := f.answered("maria", "ana")
		f.pass(untilClosing + time.Hour)
		assert.Equal(t, id, f.says("maria", "still there?"))
		assert.Empty(t, f.texts(id))
		assert.Equal(t, "ana", f.view(id).Agent)
	})
	t.Run("nor on another number of the campaign", func(t *testing.T) {
		c := office()
		c.Numbers = []string{number, other}
		f := newFloor(t, c)
		f.available("ana")
		f.answered("maria", "ana")
		f.pass(untilClosing + time.Hour)
		second := f.contact("maria", "hello")
		second.Number = other
		// An agent of the campaign talks to maria, if on another number.
		assert.Empty(t, f.texts(f.arrives(second)))
	})
	t.Run("the answer to what we began is part of it", func(t *testing.T) {
		f := closed(t, office())
		f.available("ana")
		f.do(queue.Start{Campaign: "sales", Agent: "ana", Aliases: []string{"phone:maria"}, Customer: "c-maria", ID: "x"})
		assert.Equal(t, "x", f.says("maria", "hello"))
		assert.Empty(t, f.texts("x"))
	})

	t.Run("no bot is started", func(t *testing.T) {
		c := office()
		c.BotOnStart = "menu"
		f := closed(t, c)
		id := f.says("maria", "hello")
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(id))
		assert.Empty(t, f.all(queue.BotStarted, ""))
	})
	t.Run("the blacklist comes before", func(t *testing.T) {
		c := office()
		c.IncomingBlacklist = true
		f := closed(t, c)
		listed := f.contact("maria", "hello")
		listed.Blocked = &queue.Block{}
		f.do(listed)
		assert.Len(t, f.all(queue.CustomerBlocked, ""), 1)
		assert.Empty(t, f.all(queue.Refused, ""))
		assert.Empty(t, f.all(queue.MessageQueued, ""))
	})
	t.Run("the switch comes before", func(t *testing.T) {
		c := office()
		c.Disabled = true
		f := closed(t, c)
		id := f.says("maria", "hello")
		assert.Equal(t, queue.OutcomeDisabled, f.outcome(id))
		assert.Empty(t, f.texts(id))
	})
	t.Run("the limit of the queue comes after", func(t *testing.T) {
		c := office()
		c.MaxInteractions = 1
		f := newFloor(t, c)
		f.says("pedro", "hello")
		f.pass(untilClosing)
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(f.says("maria", "hello")))
	})
	t.Run("a transfer into a closed campaign is refused", func(t *testing.T) {
		support := office()
		support.ID = "support"
		f := closed(t, queue.Campaign{}, support)
		f.available("ana")
		id := f.answered("maria", "ana")
		f.refuse(queue.Transfer{Agent: "ana", Interaction: id, ToCampaign: "support"}, queue.ErrCampaignClosed)
		assert.Equal(t, "ana", f.view(id).Agent)
	})

	t.Run("closing time itself is closed, the nanosecond before is open", func(t *testing.T) {
		f := newFloor(t, office())
		f.pass(untilClosing - 1)
		assert.Equal(t, queue.OwnedByQueue, f.view(f.says("maria", "hello")).Owner)
		f.pass(1)
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(f.says("pedro", "hello")))
	})
	t.Run("opening time itself is open, the nanosecond before is closed", func(t *testing.T) {
		f := newFloor(t, office())
		f.pass(untilClosing + night - 1)
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(f.says("maria", "hello")))
		f.pass(1)
		assert.Equal(t, queue.OwnedByQueue, f.view(f.says("maria", "hello")).Owner)
	})
	t.Run("hours over midnight", func(t *testing.T) {
		c := office()
		c.Hours.Week[0].Range = schedule.Range{From: "20:00", To: "04:00"}
		f := newFloor(t, c)
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(f.says("maria", "at nine in the morning")))
		f.pass(19*time.Hour - 1) // Tuesday, just before four
		assert.Equal(t, queue.OwnedByQueue, f.view(f.says("maria", "at night")).Owner)
		f.pass(1)
		id := f.says("pedro", "at four")
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(id))
		assert.Equal(t, start.Add(19*time.Hour), f.last(queue.Refused, id).Since)
	})
	t.Run("a holiday is closed all day, and one period with the nights around it", func(t *testing.T) {
		f := newFloor(t, office(schedule.Exception{Date: "2026-03-03", Closed: true}))
		f.pass(untilClosing)
		assert.Equal(t, []string{"closed"}, f.texts(f.says("maria", "on Monday night")))
		f.pass(16 * time.Hour)
		id := f.says("maria", "on Tuesday at ten")
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(id))
		assert.Empty(t, f.texts(id))
	})
	t.Run("a date with hours of its own", func(t *testing.T) {
		f := newFloor(t, office(schedule.Exception{Date: "2026-03-02", Ranges: []schedule.Range{{From: "08:00", To: "12:00"}}}))
		f.pass(3*time.Hour - 1)
		assert.Equal(t, queue.OwnedByQueue, f.view(f.says("maria", "hello")).Owner)
		f.pass(1)
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(f.says("pedro", "hello")))
	})
	t.Run("hours are those of the zone", func(t *testing.T) {
		c := office()
		c.Hours.Zone = "America/New_York"
		f := newFloor(t, c)
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(f.says("maria", "at four in the morning there")))
		f.pass(4 * time.Hour)
		assert.Equal(t, queue.OwnedByQueue, f.view(f.says("maria", "at eight")).Owner)
	})
}

// At closing time what waits is served while agents are there, held until opening, or
// ended.
func TestAtClosing(t *testing.T) {
	const untilClosing, untilOpening = 9 * time.Hour, 23 * time.Hour
	closing := start.Add(untilClosing)
	opening := start.Add(untilOpening)
	at := func(c queue.Closing) queue.Campaign {
		card := office()
		card.AtClosing = c
		return card
	}
	// waits is a floor an hour before closing time, where maria begins to wait.
	waits := func(t *testing.T, c queue.Campaign) (*floor, string) {
		f := newFloor(t, c)
		f.pass(untilClosing - time.Hour)
		return f, f.says("maria", "hello")
	}

	t.Run("drain: it is served while agents are there", func(t *testing.T) {
		f, id := waits(t, at(queue.Drain))
		f.pass(2 * time.Hour)
		f.available("ana")
		assert.Equal(t, "ana", f.view(id).Offered)
		assert.Empty(t, f.texts(id))
	})
	t.Run("drain: the longest time goes on", func(t *testing.T) {
		c := at(queue.Drain)
		c.MaxTime = 2 * time.Hour
		f, id := waits(t, c)
		f.pass(24 * time.Hour)
		assert.Equal(t, closing.Add(time.Hour), f.last(queue.Ended, id).At)
	})
	t.Run("drain: what a bot hands over later is served too", func(t *testing.T) {
		c := at(queue.Drain)
		c.BotOnStart, c.BotTimeout = "menu", 3*time.Hour
		f, id := waits(t, c)
		f.pass(2 * time.Hour)
		f.replies(id, queue.BotReply{Next: queue.BotQueue})
		f.available("ana")
		assert.Equal(t, "ana", f.view(id).Offered)
	})

	t.Run("hold: nobody is asked until opening, then at once", func(t *testing.T) {
		f, id := waits(t, at(queue.Hold))
		f.pass(2 * time.Hour)
		f.available("ana")
		assert.Empty(t, f.view(id).Offered)
		why, err := f.e.Explain(id)
		assert.NoError(t, err)
		assert.Equal(t, "held until opening", why.Waiting)
		f.pass(24 * time.Hour)
		assert.Equal(t, opening, f.all(queue.Offered, id)[0].At)
	})
	t.Run("hold: order and age are those of arrival", func(t *testing.T) {
		f, first := waits(t, at(queue.Hold))
		f.pass(time.Minute)
		second := f.says("pedro", "hello")
		f.pass(2 * time.Hour)
		f.available("ana")
		f.pass(opening.Sub(f.now))
		assert.Equal(t, []string{first, second}, f.agent("ana").Asked)
		assert.Equal(t, closing.Add(-time.Hour), f.view(first).Since)
	})
	t.Run("hold: the time in between does not count against the longest time", func(t *testing.T) {
		c := at(queue.Hold)
		c.MaxTime = 2 * time.Hour
		f, id := waits(t, c) // an hour is used at closing
		f.pass(48 * time.Hour)
		assert.Equal(t, opening.Add(time.Hour), f.last(queue.Ended, id).At)
	})
	t.Run("hold: an offer that is out at closing may be accepted", func(t *testing.T) {
		f, id := waits(t, at(queue.Hold))
		f.pass(time.Hour - 10*time.Second)
		f.available("ana")
		f.pass(20 * time.Second)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		assert.Equal(t, "ana", f.view(id).Agent)
	})
	t.Run("hold: if it is declined, it is held", func(t *testing.T) {
		f, id := waits(t, at(queue.Hold))
		f.pass(time.Hour - 10*time.Second)
		f.available("ana", "bruno")
		f.pass(20 * time.Second)
		f.do(queue.Decline{Agent: f.view(id).Offered, Interaction: id})
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		assert.Empty(t, f.view(id).Offered)
	})
	t.Run("hold: what comes back from an agent is held too", func(t *testing.T) {
		f := newFloor(t, at(queue.Hold))
		f.available("ana", "bruno")
		id := f.answered("maria", "ana")
		f.pass(untilClosing)
		f.do(queue.Requeue{Interaction: id})
		assert.Equal(t, queue.OwnedByQueue, f.view(id).Owner)
		assert.Empty(t, f.view(id).Offered)
		f.pass(untilOpening - untilClosing)
		assert.Equal(t, opening, f.last(queue.Offered, id).At)
	})
	t.Run("hold: opened early by a change of hours, it is served at once", func(t *testing.T) {
		f, id := waits(t, at(queue.Hold))
		f.pass(2 * time.Hour)
		f.available("ana")
		f.configure(queue.Campaign{})
		assert.Equal(t, "ana", f.view(id).Offered)
	})
	t.Run("hold: changed to drain while closed, the time held does not count", func(t *testing.T) {
		c := at(queue.Hold)
		c.MaxTime = 2 * time.Hour
		f, id := waits(t, c)
		f.pass(6 * time.Hour)
		c.AtClosing = queue.Drain
		f.configure(c)
		f.pass(0)
		// An hour was left at closing; the five hours it was held do not count.
		assert.Empty(t, f.all(queue.Ended, id))
		f.pass(24 * time.Hour)
		assert.Equal(t, closing.Add(6*time.Hour), f.last(queue.Ended, id).At)
	})
	t.Run("hold: a longest time set while closed counts from opening", func(t *testing.T) {
		f, id := waits(t, at(queue.Hold))
		f.pass(7 * time.Hour)
		c := at(queue.Hold)
		c.MaxTime = 2 * time.Hour
		f.configure(c)
		f.pass(48 * time.Hour)
		// An hour was used before closing, so one is left at opening.
		assert.Equal(t, opening.Add(time.Hour), f.last(queue.Ended, id).At)
	})

	t.Run("close: it ends abandoned at closing time, with the text", func(t *testing.T) {
		f, id := waits(t, at(queue.Close))
		f.pass(24 * time.Hour)
		ended := f.last(queue.Ended, id)
		assert.Equal(t, closing, ended.At)
		assert.Equal(t, queue.OutcomeAbandoned, ended.Outcome)
		assert.Equal(t, "closed while waiting", ended.Reason)
		assert.Equal(t, []string{"closed"}, f.texts(id))
	})
	t.Run("close: who was told so is not told again that night", func(t *testing.T) {
		f, id := waits(t, at(queue.Close))
		f.pass(2 * time.Hour)
		assert.Equal(t, []string{"closed"}, f.texts(id))
		again := f.says("maria", "hello?")
		assert.Equal(t, queue.OutcomeOutOfHours, f.outcome(again))
		// The one at closing time was the one of this closed period.
		assert.Empty(t, f.texts(again))
	})
	t.Run("close: an offer that is out is revoked and its agent is free", func(t *testing.T) {
		f, id := waits(t, at(queue.Close))
		f.pass(time.Hour - 10*time.Second)
		f.available("ana")
		assert.Equal(t, "ana", f.view(id).Offered)
		f.pass(10 * time.Second)
		assert.Equal(t, queue.OutcomeAbandoned, f.outcome(id))
		assert.Equal(t, "revoked", f.last(queue.OfferEnd, id).Reason)
		assert.Zero(t, f.agent("ana").Load)
	})
	t.Run("close: what an agent or a bot has goes on", func(t *testing.T) {
		c := at(queue.Close)
		c.BotOnStart, c.BotTimeout = "menu", 3*time.Hour
		f, withBot := waits(t, c)
		c.BotOnStart = ""
		f.configure(c)
		f.available("ana")
		withAgent := f.answered("pedro", "ana")
		f.pass(2 * time.Hour)
		assert.Equal(t, queue.OwnedByBot, f.view(withBot).Owner)
		assert.Equal(t, "ana", f.view(withAgent).Agent)
	})
}
