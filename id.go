package usher

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/usher-go/usher/queue"
)

// idDigits is in the order of its letters, and has what base32 has.
const idDigits = "234567ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// idTime is how many digits of an id are the time: enough for milliseconds up to the year
// 37,000. The 16 behind them are 80 random bits.
const idTime = 10

// newID returns 26 letters and digits that sort by the time at which they were made.
// Journals have an index of them: new ones stand side by side at its end, where random ones
// would each change a page of their own, and what is read together lies together.
func newID(now time.Time) string {
	id := []byte(rand.Text())
	ms := uint64(max(now.UnixMilli(), 0))
	for i := idTime - 1; i >= 0; i-- {
		id[i] = idDigits[ms%32]
		ms /= 32
	}
	return string(id)
}

// newIDs returns ids that nothing of the center has, for [Options.NewID].
func (c *Center) newIDs(ctx context.Context, n int) ([]string, error) {
	if c.opts.NewID == nil {
		now, ids := c.now(), make([]string, n)
		for i := range ids {
			ids[i] = newID(now)
		}
		return ids, nil
	}
	return calling(ctx, c, "NewID", hookTimeout, func(context.Context) ([]string, error) {
		ids := make([]string, n)
		for i := range ids {
			ids[i] = c.opts.NewID()
			if ids[i] == "" || len(ids[i]) > maxID || !utf8.ValidString(ids[i]) {
				return nil, &HookError{Hook: "NewID", Err: fmt.Errorf("returned %.20q: must be 1 to %d bytes of valid UTF-8", ids[i], maxID)}
			}
			if slices.Contains(ids[:i], ids[i]) {
				return nil, errIDTaken
			}
		}
		return ids, nil
	})
}

const (
	// maxID is how long an id of the host's may be, in bytes.
	maxID = 200
	// idTries is how often NewID is asked again for an id that is not taken.
	idTries = 3
)

// errIDTaken is returned when NewID returns what it returned before.
var errIDTaken = &HookError{Hook: "NewID", Err: errors.New("returned an id that is taken: it must never return the same twice")}

// decideNew is decide for a command that gives n new ids; build makes the command of them.
// An id that is taken is not used: NewID is asked again.
func (c *Center) decideNew(ctx context.Context, n int, build func(ids []string) queue.Command) (events []queue.Event, seq uint64, err error) {
	for range idTries {
		ids, idErr := c.newIDs(ctx, n)
		if idErr == nil {
			events, seq, err = c.decide(ctx, build(ids), ids...)
		} else {
			err = idErr
		}
		if !errors.Is(err, errIDTaken) {
			break
		}
	}
	return events, seq, err
}
