package queue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/usher-go/usher/internal/fault"
	"github.com/usher-go/usher/schedule"
)

// Faults are everything that is wrong with a configuration, each with its path.
type Faults = fault.Faults

// Fault is one thing wrong with a configuration.
type Fault = fault.Fault

// tooLong reports a duration out of its bounds.
func tooLong(f *Faults, path string, d time.Duration) {
	switch {
	case d < 0:
		f.Add(path, "must be ≥ 0, is %s", d)
	case d > MaxSpan:
		f.Add(path, "must be at most %s (%d days), is %s", MaxSpan, MaxSpan/(24*time.Hour), d)
	}
}

// oneOf reports a value that is not in the list of valid ones.
func oneOf[T ~string](f *Faults, path string, value T, valid ...T) {
	if slices.Contains(valid, value) {
		return
	}
	names := make([]string, 0, len(valid))
	for _, v := range valid {
		if v != "" {
			names = append(names, string(v))
		}
	}
	f.Add(path, "unknown value %q; valid: %s", string(value), strings.Join(names, ", "))
}

// check returns what is wrong with a campaign's configuration, given what else there is.
func (e *Engine) check(c *Campaign) Faults {
	var f Faults
	if c.ID == "" {
		f.Add("id", "must not be empty")
	}
	e.checkNumbers(&f, c)
	if c.Strategy != "" && e.strategies[c.Strategy] == nil {
		f.Add("strategy", "unknown strategy %q; valid: %s", c.Strategy, strings.Join(slices.Sorted(slices.Values(e.names)), ", "))
	}
	oneOf(&f, "eligibility", c.Eligibility, append(Eligibilities(), "")...)
	oneOf(&f, "atClosing", c.AtClosing, Drain, Hold, Close)
	oneOf(&f, "sticky", c.Sticky, StickyOff, StickyPrefer, StickyWait)
	if _, err := schedule.LoadZone(c.Zone); err != nil {
		f.Add("zone", "%v", err)
	}
	if c.Hours != nil {
		if _, err := c.Hours.Compile(); err != nil {
			f.Add("hours", "%v", err)
		}
	}
	c.numbers(checker{&f})
	for _, l := range []struct {
		path string
		n    int
	}{{"relax", len(c.Relax)}, {"overflow", len(c.Overflow)}, {"leaveWords", len(c.LeaveWords)}} {
		if l.n > MaxList {
			f.Add(l.path, "must have at most %d elements, has %d", MaxList, l.n)
		}
	}
	checkSkills(&f, "skills", c.Skills)
	e.checkMembers(&f, c)
	checkRelax(&f, c)
	for i, w := range c.LeaveWords {
		if strings.TrimSpace(w) == "" {
			f.Add(fmt.Sprintf("leaveWords[%d]", i), "must not be empty")
		}
	}
	e.checkOverflow(&f, c)
	return f
}

func (e *Engine) checkNumbers(f *Faults, c *Campaign) {
	known := make(map[string]bool, len(c.Numbers))
	for i, n := range c.Numbers {
		path := fmt.Sprintf("numbers[%d]", i)
		if known[n] {
			f.Add(path, "%s is listed twice", n)
		}
		known[n] = true
		if owner := e.takenBy(n, c.ID); owner != "" {
			f.Add(path, "%s belongs to campaign %q", n, owner)
		}
	}
}

// takenBy returns the other campaign that a number belongs to, "" if none.
func (e *Engine) takenBy(number, campaign string) string {
	if owner := e.numbers[number]; owner != nil && owner.id != campaign {
		return owner.id
	}
	return ""
}

func (e *Engine) checkMembers(f *Faults, c *Campaign) {
	known := map[string]int{}
	for i, m := range c.Members {
		path := fmt.Sprintf("members[%d]", i)
		if first, twice := known[m.Agent]; twice {
			f.Add(path+".agent", "%q is members[%d] already", m.Agent, first)
		}
		known[m.Agent] = i
		if e.agents[m.Agent] == nil {
			f.Add(path+".agent", "unknown agent %q", m.Agent)
		}
		m.numbers(checker{f}, place{list: "members", index: i})
		checkSkills(f, path+".skills", m.Skills)
	}
}

// checkSkills takes time in proportion to the length of the list, which is bounded.
func checkSkills(f *Faults, path string, skills []Skill) {
	if len(skills) == 0 {
		return
	}
	if len(skills) > MaxList {
		f.Add(path, "must have at most %d skills, has %d", MaxList, len(skills))
		return
	}
	known := make(map[string]bool, len(skills))
	for i, s := range skills {
		at := func(field string) string { return fmt.Sprintf("%s[%d].%s", path, i, field) }
		switch {
		case s.Name == "":
			f.Add(at("name"), "must not be empty")
		case !utf8.ValidString(s.Name):
			f.Add(at("name"), notUTF8, cut(s.Name))
		case known[s.Name]:
			f.Add(at("name"), "%q is listed twice", s.Name)
		}
		known[s.Name] = true
		s.numbers(checker{f}, place{list: path, index: i})
	}
}

func checkRelax(f *Faults, c *Campaign) {
	var last time.Duration
	for i, r := range c.Relax {
		path := fmt.Sprintf("relax[%d]", i)
		if r.After >= 0 && r.After < last {
			f.Add(path+".after", "must be in ascending order, is %s after %s", r.After, last)
		}
		last = r.After
		r.numbers(checker{f}, place{list: "relax", index: i})
		checkRing(f, path, r)
	}
}

func checkRing(f *Faults, path string, r Relax) {
	if r.Lower == 0 && !r.Drop && r.Tiers == 0 {
		f.Add(path, "does nothing: set lower, drop or tiers")
	}
}

func (e *Engine) checkOverflow(f *Faults, c *Campaign) {
	for i, s := range c.Overflow {
		path := fmt.Sprintf("overflow[%d]", i)
		s.numbers(checker{f}, place{list: "overflow", index: i})
		oneOf(f, path+".when", s.When, Always, NobodyLoggedIn, NobodyAvailable, QueueLonger, WaitLonger)
		oneOf(f, path+".do", s.Do, DoMessage, DoRelax, DoCampaign, DoBot, DoEnd)
		switch s.Do {
		case DoMessage:
			if s.Text == "" {
				f.Add(path+".text", "must not be empty")
			}
		case DoRelax:
			if s.Relax == nil {
				f.Add(path+".relax", "must be set")
			} else {
				checkRing(f, path+".relax", *s.Relax)
			}
		case DoBot, DoCampaign:
			if s.Target == "" {
				f.Add(path+".target", "must name the %s", s.Do)
			}
		}
	}
}

// normal returns skills sorted by name with explicit levels, as the engine keeps them.
func normal(skills []Skill) []Skill {
	if len(skills) == 0 {
		return nil
	}
	out := slices.Clone(skills)
	for i := range out {
		out[i].Level = cmp.Or(out[i].Level, 1)
	}
	slices.SortFunc(out, func(a, b Skill) int { return strings.Compare(a.Name, b.Name) })
	return out
}
