package queue

import (
	"time"

	"github.com/usher-go/usher/schedule"
)

// What repeats happens at most once for the time that was missed, because nothing called the
// engine: the machine slept, or the center was closed. Of the repetitions that are due at
// one step only the last acts, at its own instant, and the next keeps its beat.
//
// The deadline that is armed stays the first of them, as its event armed it; only its place
// among the deadlines of this step moves. So a replay arms the same.

// missedAfter is how late a deadline is before its repetitions count as missed. An engine
// that is called once in that time performs each at its own instant.
const missedAfter = int64(time.Minute)

// lastDue returns the instant, up to limit, at which a deadline that is due at at acts.
func (e *Engine) lastDue(t *timer, at, limit int64) int64 {
	switch t.kind {
	case timerAnnounce:
		return lastBeat(at, int64(t.interaction.camp.cfg.Announce.Every), limit)
	case timerSweep:
		return lastBeat(at, sweepEvery, limit)
	case timerDay:
		for next := t.campaign.nextDay(at); next <= limit; next = t.campaign.nextDay(at) {
			at = next
		}
	}
	return at
}

// lastBeat returns the last instant up to limit of those that begin at at and are every
// apart. It is at itself when nothing repeats or limit is not so late that any were missed.
func lastBeat(at, every, limit int64) int64 {
	if every <= 0 || limit-at <= missedAfter {
		return at
	}
	return at + (limit-at)/every*every
}

// nextDay returns the first instant of the day after now in the campaign's zone.
func (c *campaign) nextDay(now int64) int64 {
	return nanos(schedule.NextDay(instant(max(now, 1)), c.zone))
}

// answerBy returns when what is asked for now must be answered, after span. What is asked
// for at a deadline that is acted on late reaches nobody before the present, so an answer
// that would have been missed already counts from there.
func (e *Engine) answerBy(span int64) int64 {
	at := later(e.now, span)
	if at <= e.limit && e.limit-e.now > missedAfter {
		return later(e.limit, span)
	}
	return at
}
