// Package strategy decides which eligible agent gets an interaction.
//
// A [Strategy] gives every candidate a [Key]; the lowest goes first. That is all a host
// writes to add its own, and because a key depends on the agent alone the engine keeps
// candidates sorted by it and never scans them:
//
//	type youngest struct{}
//
//	func (youngest) Name() string                             { return "youngest" }
//	func (youngest) Key(c strategy.Candidate) strategy.Key    { return strategy.Key{First: -c.Joined} }
//
// Add-ons, found by type assertion, change how the choice is made: [Drawer] draws lots,
// [Puller] shows the interaction to all instead of choosing, [Chooser] looks at every
// candidate at once (and so costs a scan).
//
// Around every strategy the engine does the same things: it offers only to eligible
// agents, asks every agent before it asks one again, exhausts a lower tier before a higher one, and breaks ties by fewer active,
// then the key's second field, then member position, then agent id. [New] knows the
// built-in ones by name.
package strategy
