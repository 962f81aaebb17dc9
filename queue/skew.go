package queue

import "time"

// The engine's time does not go back. When the wall clock is set back, the engine's time is
// ahead of it and continues at half rate until the wall clock has caught up, so that
// deadlines do not stand still for as long as the clock was wrong. How far ahead it is
// follows from the instant of the step back alone, which an event records: a restored
// engine continues at the same rate.

// skew is a step back of the wall clock: when the engine's time was engine, the wall clock
// showed wall. The zero skew is none.
type skew struct{ engine, wall int64 }

// skewTolerance is a step back that is not recorded: time stands still for at most as long.
// Callers that read the clock before they wait for their turn pass such instants.
const skewTolerance = int64(time.Second)

// end returns the instant at which the wall clock has caught up: both show it then.
func (s skew) end() int64 { return later(s.engine, s.engine-s.wall) }

// fromWall returns the engine's time when the wall clock shows wall.
func (s skew) fromWall(wall int64) int64 {
	if s.engine == 0 || wall >= s.end() {
		return wall
	}
	return s.engine + (wall-s.wall)/2
}

// toWall returns what the wall clock shows at the engine's time now, the earliest such
// instant.
func (s skew) toWall(now int64) int64 {
	if s.engine == 0 || now >= s.end() {
		return now
	}
	return later(s.wall, times(now-s.engine, 2))
}

// passTo returns the engine's time when the wall clock shows wall, never less than before.
// It records a step back.
func (e *Engine) passTo(wall int64) int64 {
	if last := e.skew.toWall(e.now); wall < last-skewTolerance {
		e.cause = "clock"
		e.put(Event{Kind: ClockSkewed, Since: instant(wall), Wait: time.Duration(e.now - wall)})
	}
	return max(e.skew.fromWall(wall), e.now)
}

// applyClockSkewed begins or ends a skew.
func (e *Engine) applyClockSkewed(ev *Event) {
	e.timers.cut(&e.clock)
	e.skew, e.clock.kind = skew{}, noTimer
	if ev.Wait <= 0 {
		return
	}
	e.skew = skew{engine: nanos(ev.At), wall: nanos(ev.Since)}
	e.clock.kind, e.clock.at = timerClock, e.skew.end()
	e.timers.set(&e.clock)
}

// Skew returns how far the engine's time is ahead of the wall clock, which was set back; 0
// when they agree.
func (e *Engine) Skew() time.Duration {
	return time.Duration(e.now - e.skew.toWall(e.now))
}
