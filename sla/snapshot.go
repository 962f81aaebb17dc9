package sla

import (
	"fmt"
	"time"
)

// snapshotVersion is written into every [Snapshot] and checked when one is restored.
const snapshotVersion = 1

// Snapshot is a [Series] as plain data.
type Snapshot struct {
	Version   int            `json:"version"`
	Config    SeriesConfig   `json:"config"`
	Campaigns []CampaignSnap `json:"campaigns"` // in order of id
}

// CampaignSnap is one campaign of a [Snapshot].
type CampaignSnap struct {
	Campaign string `json:"campaign"`
	// Newest is the start of the latest interval.
	Newest time.Time `json:"newest"`
	// Before is the sum of all intervals that were dropped.
	Before Counts `json:"before,omitzero"`
	// Intervals are those that were counted in, oldest first.
	Intervals []IntervalSnap `json:"intervals"`
}

// IntervalSnap is the counts of the interval that begins at Start.
type IntervalSnap struct {
	Start  time.Time `json:"start"`
	Counts Counts    `json:"counts,omitzero"`
}

// Snapshot returns a copy of the series. Restoring it gives an equal series.
func (s *Series) Snapshot() Snapshot {
	snap := Snapshot{Version: snapshotVersion, Config: s.cfg, Campaigns: []CampaignSnap{}}
	for _, id := range s.Campaigns() {
		tr := s.campaigns[id]
		c := CampaignSnap{Campaign: id, Newest: s.start(tr.newest), Before: tr.before, Intervals: []IntervalSnap{}}
		for n := tr.newest - int64(len(tr.slots)) + 1; n <= tr.newest; n++ {
			if counts := tr.peek(n); counts != nil {
				c.Intervals = append(c.Intervals, IntervalSnap{s.start(n), *counts})
			}
		}
		snap.Campaigns = append(snap.Campaigns, c)
	}
	return snap
}

// Restore returns the series of a snapshot. To keep more or fewer intervals from now on,
// change the snapshot's Config.Keep first: intervals for which there is no room go to what
// is before. The error is an *[Error] with every
// fault.
func Restore(snap Snapshot) (*Series, error) {
	if snap.Version != snapshotVersion {
		return nil, &Error{[]string{fmt.Sprintf("snapshot.version: is %d, this library reads %d", snap.Version, snapshotVersion)}}
	}
	s, err := NewSeries(snap.Config)
	if err != nil {
		return nil, err
	}
	var faults []string
	for i, c := range snap.Campaigns {
		for _, f := range s.restore(c) {
			faults = append(faults, fmt.Sprintf("snapshot.campaigns[%d].%s", i, f))
		}
	}
	if faults != nil {
		return nil, &Error{faults}
	}
	return s, nil
}

func (s *Series) restore(c CampaignSnap) (faults []string) {
	if s.campaigns[c.Campaign] != nil {
		return []string{fmt.Sprintf("campaign: %q is there twice", c.Campaign)}
	}
	if !s.aligned(c.Newest) {
		faults = append(faults, fmt.Sprintf("newest: %v is not the start of an interval", c.Newest))
	}
	tr := &track{slots: make([]*Counts, s.cfg.Keep), newest: s.number(c.Newest), before: c.Before}
	s.campaigns[c.Campaign] = tr
	for i, at := range c.Intervals {
		switch {
		case !s.aligned(at.Start):
			faults = append(faults, fmt.Sprintf("intervals[%d].start: %v is not the start of an interval", i, at.Start))
		case at.Start.After(c.Newest):
			faults = append(faults, fmt.Sprintf("intervals[%d].start: %v is after newest", i, at.Start))
		case i > 0 && !at.Start.After(c.Intervals[i-1].Start):
			faults = append(faults, fmt.Sprintf("intervals[%d].start: %v is not after the one before it", i, at.Start))
		default:
			tr.at(s.number(at.Start)).Add(&at.Counts)
		}
	}
	return faults
}

func (s *Series) aligned(t time.Time) bool { return s.start(s.number(t)).Equal(t) }
