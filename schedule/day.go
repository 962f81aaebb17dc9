package schedule

import "time"

// NextDay returns the first instant after t at which the date in the zone loc is later than
// the date at t. That is midnight where midnight exists, and otherwise the instant at which
// the clock skips it: on the day summer time begins in America/Santiago the wall clock goes
// from 23:59:59 to 01:00:00, and the day begins at 01:00. Where the clock is set back over
// midnight, the day begins at the first of the two. A nil loc is UTC.
//
// [time.Date] does not serve for this: it may return an instant of the day before for a
// wall-clock time that does not exist.
func NextDay(t time.Time, loc *time.Location) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	at := time.Unix(t.Unix(), 0).In(loc)
	_, offset := at.Zone()
	day := dayOf(at.Unix() + int64(offset))
	for {
		// While the offset holds, the date changes at a local midnight.
		_, offset = at.Zone()
		midnight := (day+1)*daySeconds - int64(offset)
		_, end := at.ZoneBounds()
		if end.IsZero() || midnight < end.Unix() {
			return time.Unix(midnight, 0).UTC()
		}
		_, offset = end.Zone()
		if dayOf(end.Unix()+int64(offset)) > day {
			return end.UTC()
		}
		at = end
	}
}
