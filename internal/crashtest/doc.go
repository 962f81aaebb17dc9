// Package crashtest kills centers and looks at what is left. Its tests run a real center
// on a real database in a process of its own, with a stand-in for Meta and customers'
// phones outside, who remember what they were told.
package crashtest
