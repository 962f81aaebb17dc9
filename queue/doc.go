// Package queue decides: which interaction is served next, by which agent, and what
// happens when nobody can.
//
// An [Engine] is a pure state machine. [Engine.Step] takes the time and a [Command] and
// returns [Output]: events, which are facts, and effects, which are requests to whoever
// drives it. It has no clock, no goroutine and no I/O, and it draws its lots from a seed,
// so the same commands give the same events.
//
//	engine, err := queue.New(queue.Config{})
//	…
//	out, err := engine.Step(now, queue.Arrive{Campaign: "sales", ID: "i1", Aliases: []string{"phone:34600111222"}})
//	for _, ev := range out.Events { … } // keep them: they are the journal
//	for _, f := range out.Effects { … } // perform them, answer with a command
//	next, ok := engine.Next()           // call Advance by then
//
// The state is a fold over the events: [Engine.Replay] rebuilds it, and [Engine.Snapshot]
// with [Restore] is an identity. Deadlines are data and fire at their own instants in
// order, so that looking late or early gives the same decisions. A command that is refused
// returns an *[Error] and changes nothing.
//
// Package usher is the shell around it that most hosts use.
package queue
