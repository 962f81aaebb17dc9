// Package usher leads each waiting customer to the right agent.
//
// A [Center] is one contact center: its agents, its campaigns and the queue engine they
// share. The host application gives it connectors that carry messages, bots, and a journal
// that keeps what happened; the center decides who gets what, performs what follows from
// it, and says what it decided and why.
//
//	center, err := usher.New(usher.Options{Connectors: []channel.Connector{whatsapp}})
//	…
//	err = center.Configure(ctx, config)
//	mux.Handle("/webhook", whatsapp.Webhook(center))
//	go center.Run(ctx)
//
// Everything that can happen is a command of package queue, given to [Center.Do]:
//
//	center.Do(ctx, queue.AgentState{Agent: "ana", State: queue.Available})
//	center.Do(ctx, queue.Accept{Agent: "ana", Interaction: id})
//
// A call that reports success has its events in the journal. [Center.Subscribe] follows
// them, [Center.Board] counts them.
package usher
