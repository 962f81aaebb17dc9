// Package bot lets programs talk to customers before, after and between agents.
//
// A [Bot] is asked for one turn at a time: it gets a [Session], the plain facts of where
// the conversation stands, and returns a [Reply]: what to say, what to remember, and what
// happens next. It keeps nothing itself. What must last from turn to turn goes into the
// interaction's variables, so a turn can be taken by any process and after a restart:
//
//	hello := bot.Func(func(ctx context.Context, s bot.Session) (bot.Reply, error) {
//		return bot.Reply{
//			Messages: []channel.Message{channel.TextMessage("Welcome, one moment please.")},
//			Next:     bot.Next{Action: bot.Queue},
//		}, nil
//	})
//
// The center owns the rest: one turn of an interaction at a time, a timeout, and an exit
// to the default of the phase when a bot fails, panics or is silent.
//
// Four bots are ready made, each from plain data that can be JSON (see [Parse]):
//
//   - [Message] says something and lets go;
//   - [Menu] lets the customer choose, by buttons, lists, numbers or words;
//   - [Survey] asks for a score and a comment;
//   - [Webhook] asks an HTTP service.
package bot
