package strategy

// Candidate is what a strategy may know of one member of a campaign. Instants are Unix
// nanoseconds, 0 = never.
type Candidate struct {
	Agent    string
	Position int // place in the campaign's list of members, from 0
	Tier     int // lower tiers go first whatever the key says
	Penalty  int // 0 to 100
	Active   int // interactions the agent has, over all campaigns
	Load     int // capacity in use: active, offered and reserved, weighted
	Limit    int // capacity, at least 1

	// IdleSince is the latest of: the agent answered, finished, became available,
	// became a member. A missed or declined offer does not move it.
	IdleSince int64
	// LastFinished is when the agent last finished an interaction of any campaign.
	LastFinished int64
	// Joined is when the agent became a member of this campaign.
	Joined int64
	// Answered counts this campaign's interactions since the day's reset.
	Answered int
	// Turn is the agent's place in the round: it moves behind all others with every
	// offer, and a newcomer starts behind all others.
	Turn int64
}

// Key ranks a candidate, lower first: by First, then fewer active, then Second.
type Key struct {
	First  int64
	Second int64
}

// Strategy orders the eligible agents of a campaign.
//
// Key must depend on nothing but its argument: the engine calls it when the candidate
// changes and keeps the answer. So must the methods of the add-ons. They are called by one
// goroutine at a time. Package strategytest checks these rules.
//
// A method that panics or returns what its documentation excludes has failed: the decision
// uses the default order, which is the place in the campaign's list of members, and an event
// strategy.failed reports it. After three failures the campaign uses the default order for
// everything until it is configured again. A method must not call the center or the engine,
// and must not end its goroutine: the center then stops.
type Strategy interface {
	// Name is what a campaign's settings call it.
	Name() string
	// Key ranks one candidate; the lowest goes first.
	Key(c Candidate) Key
}

// Drawer is a [Strategy] that draws lots: an eligible agent is chosen with a chance in
// proportion to its weight. Key is not used for choosing.
type Drawer interface {
	Strategy
	// Weight is 1 to 2⁴⁴; anything else is a failure, and the candidate weighs 1.
	Weight(c Candidate) uint64
}

// Puller is a [Strategy] under which nobody is chosen: the interaction is shown to every
// eligible agent for whom MayTake is true, and the first to take it has it.
type Puller interface {
	Strategy
	// MayTake is an eligibility rule in addition to the campaign's. When it fails, the
	// candidate may take.
	MayTake(c Candidate) bool
}

// SkillRanker is a [Strategy] that prefers the agents with the highest mean level in the
// skills an interaction asks for; Key orders those who are equal in that.
type SkillRanker interface {
	Strategy
	RanksSkill()
}

// Chooser is a [Strategy] that sees all eligible candidates at once. Each decision costs
// a scan of the campaign's free agents.
type Chooser interface {
	Strategy
	// Choose returns the index of the chosen candidate; anything outside the list is a
	// failure. candidates are the agents who were not asked for the interaction yet. The list
	// is never empty, is ordered by tier and then by Key, and must not be kept. draw is 64
	// random bits, the same in a replay.
	Choose(candidates []Candidate, draw uint64) int
}

// Func makes a [Strategy] of a name and a key function.
func Func(name string, key func(Candidate) Key) Strategy { return keyFunc{name, key} }

type keyFunc struct {
	name string
	key  func(Candidate) Key
}

func (f keyFunc) Name() string        { return f.name }
func (f keyFunc) Key(c Candidate) Key { return f.key(c) }
