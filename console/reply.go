package console

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// The answers to commands are kept under their keys, so that one that is sent again over a
// bad line is not performed again.
const (
	replyAge   = 10 * time.Minute
	replyCount = 10_000
)

type replyKey struct{ actor, key string }

// reply is the answer to a command; done is closed once it is there.
type reply struct {
	sum    [32]byte
	at     time.Time
	done   chan struct{}
	failed bool // it came to nothing: the next one tries again

	status int
	data   []byte
}

type replies struct {
	mu    sync.Mutex
	all   map[replyKey]*reply
	order []replyKey // oldest first
}

// begin returns the answer that a key has already, waiting for one that is under way; or
// nil and a function that must be called with the answer, nil = it failed.
func (p *replies) begin(ctx context.Context, actor, key string, sum [32]byte) (*reply, func(*reply), error) {
	for {
		r, mine := p.claim(replyKey{actor, key}, sum)
		if mine {
			return nil, func(done *reply) { p.finish(replyKey{actor, key}, r, done) }, nil
		}
		if r.sum != sum {
			return nil, nil, problem(http.StatusUnprocessableEntity, "key_reused", "this Idempotency-Key belongs to another command")
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-r.done:
		}
		if !r.failed {
			return r, nil, nil
		}
	}
}

func (p *replies) claim(key replyKey, sum [32]byte) (r *reply, mine bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.forget(now)
	if r = p.all[key]; r != nil {
		return r, false
	}
	if p.all == nil {
		p.all = map[replyKey]*reply{}
	}
	r = &reply{sum: sum, at: now, done: make(chan struct{})}
	p.all[key] = r
	p.order = append(p.order, key)
	return r, true
}

// forget drops what is old or too much. A key that is still under way is forgotten as well
// then: whoever waits for it has the reply in hand.
func (p *replies) forget(now time.Time) {
	for len(p.order) > 0 {
		first := p.order[0]
		if r := p.all[first]; r != nil && len(p.order) < replyCount && now.Sub(r.at) < replyAge {
			return
		}
		delete(p.all, first)
		p.order = p.order[1:]
	}
}

func (p *replies) finish(key replyKey, r, done *reply) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if done == nil {
		r.failed = true
		if p.all[key] == r {
			delete(p.all, key)
		}
	} else {
		r.status, r.data = done.status, done.data
	}
	close(r.done)
}
