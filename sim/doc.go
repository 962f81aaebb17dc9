// Package sim simulates a contact center on virtual time with the real engine: the one
// that routes in production decides in the simulation too, and the campaigns, strategies,
// skills and limits under test are the very configuration that a center runs.
//
// A [Scenario] says who comes ([Arrivals]), how agents work ([Staff]) and what the center is
// configured to be. [Run] plays it in independent replications, in parallel, and returns a
// [Result] that knows every figure with its confidence interval: those of package sla, the
// waiting times, the queue and the agents' load, in all, by campaign, by stream and by
// interval of the day.
//
//	r, err := sim.Run(ctx, scenario, sim.Options{Replications: 20, Seed: 1})
//	level, err := r.Value("serviceLevel") // 0.83 ± 0.01
//
// # What is random
//
// Everything that is drawn of a customer (when they come, how long their interaction takes,
// how patient they are) is drawn when they come and from sources of their own. Two
// configurations run with one seed therefore see the same customers, and their difference
// is that of the configurations.
//
// # Confidence
//
// Intervals are of 95 % and come from the differences between replications, which are
// independent; nothing is assumed of what happens within one. A question about the long run
// sets [Scenario.Steady] and a [Scenario.WarmUp]: what happens before is simulated and not
// counted, in every replication. A question about a day begins empty and lets everybody
// inside be served at its end, as a day does.
//
// # The past
//
// [ReadHistory] reads what happened from a journal. Played again with the same settings
// ([History.Scenario]), every figure of the day lies in the interval that [Result.Predict] gives.
//
// # Proof
//
// The examples/theory program of this repository runs published results of queueing theory
// through this package, and package erlang has the closed formulas.
package sim
