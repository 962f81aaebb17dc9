// Package sla counts what happens in a campaign and computes its service level.
//
// [Counts] are raw counters that only ever add up: those of two intervals, two campaigns or
// two runs are merged with [Counts.Add]. The formulas contact centers know ([Counts.ServiceLevel],
// [Counts.AbandonRate] and the others, listed by [Formulas]) are views over them, so that a
// live board, a report and an export cannot disagree. [Series] keeps Counts per campaign
// and interval of the day, for a bounded time.
//
// Two things are counted apart. An interaction ends in exactly one [Outcome]. A queue
// segment is one stay in the queue: it begins when an interaction enters the queue and
// ends answered, abandoned, timed out, or left for another reason. An interaction that an
// agent sends back to the queue has several segments and still one outcome; one that a bot
// ends has an outcome and perhaps no segment. Waiting times and service levels are about
// segments.
//
// The package knows no clock, no lock and no event: its caller says what happened and when,
// and one goroutine at a time uses a Counts or a Series.
package sla
