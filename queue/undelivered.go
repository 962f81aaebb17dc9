package queue

import (
	"strconv"
	"strings"
)

// undelivered is a message that failed for good in the decision under way.
type undelivered struct{ interaction, key, reason string }

// leaveBots takes interactions from bots whose messages failed for good: the customer has
// not seen what the bot said, and would wait in silence for the bot, which waits for the
// customer. It runs after the decision in which the messages failed.
func (e *Engine) leaveBots() {
	for len(e.undelivered) > 0 {
		list := e.undelivered
		e.undelivered = nil
		for _, u := range list {
			if in := e.interactions[u.interaction]; in != nil && in.phase == inBot && in.bot.saidAfterStart(u.key) {
				e.botFailed(in, strings.TrimSuffix("message was not delivered: "+u.reason, ": "))
			}
		}
	}
}

// saidAfterStart reports whether a message was queued while the bot had the interaction. The
// key of a message ends with the number of its event.
func (b *botSession) saidAfterStart(key string) bool {
	seq, err := strconv.ParseUint(key[strings.LastIndexByte(key, '/')+1:], 10, 64)
	return b != nil && err == nil && seq > b.session
}
