package blacklist_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/blacklist"
)

var errDown = errors.New("the database is down")

func TestGuardPassesVerdictsOn(t *testing.T) {
	l := listOf(t, blacklist.Entry{Alias: "user:US.1", Reason: "rude"})
	for name, checker := range map[string]blacklist.Checker{"list": l, "of the host": blacklist.CheckerFunc(l.Check)} {
		for _, closed := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				g := blacklist.Guard{Checker: checker, FailClosed: closed}
				v, err := g.Check(t.Context(), incoming("sales", "user:US.1"))
				require.NoError(t, err)
				assert.Equal(t, "rude", v.Entry.Reason)
				v, err = g.Check(t.Context(), incoming("sales", "user:US.2"))
				require.NoError(t, err)
				assert.False(t, v.Blocked)
			})
		}
	}
}

func TestGuardDecidesWithoutAVerdict(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx     context.Context
		checker blacklist.Checker
		want    error
	}{
		"error": {context.Background(), answers(blacklist.Verdict{Blocked: true}, errDown), errDown},
		"panic": {context.Background(), blacklist.CheckerFunc(func(context.Context, blacklist.Query) (blacklist.Verdict, error) {
			panic(errDown)
		}), nil},
		"no checker": {context.Background(), nil, nil},
		"context has ended": {ended, blacklist.CheckerFunc(func(ctx context.Context, _ blacklist.Query) (blacklist.Verdict, error) {
			return blacklist.Verdict{}, ctx.Err()
		}), context.Canceled},
	} {
		for choice, closed := range map[string]bool{"fail open": false, "fail closed": true} {
			t.Run(name+", "+choice, func(t *testing.T) {
				g := blacklist.Guard{Checker: c.checker, FailClosed: closed}
				v, err := g.Check(c.ctx, incoming("sales", "user:US.1"))
				assert.Equal(t, closed, v.Blocked)
				assert.Equal(t, closed, v.Entry.Reason != "")
				require.ErrorContains(t, err, choice)
				var typed *blacklist.CheckError
				require.ErrorAs(t, err, &typed)
				assert.Equal(t, closed, typed.Blocked)
				if c.want != nil {
					require.ErrorIs(t, err, c.want)
				}
			})
		}
	}
}

func answers(v blacklist.Verdict, err error) blacklist.Checker {
	return blacklist.CheckerFunc(func(context.Context, blacklist.Query) (blacklist.Verdict, error) { return v, err })
}

func TestGuardTellsWhereItPanicked(t *testing.T) {
	g := blacklist.Guard{Checker: blacklist.CheckerFunc(func(context.Context, blacklist.Query) (blacklist.Verdict, error) {
		panic("no such table")
	})}
	_, err := g.Check(t.Context(), incoming("sales"))
	var typed *blacklist.PanicError
	require.ErrorAs(t, err, &typed)
	assert.Equal(t, "no such table", typed.Value)
	assert.Contains(t, string(typed.Stack), "TestGuardTellsWhereItPanicked")
}

// TestGuardTimeout is line 13 of the scenarios: a hook that blocks delays nobody.
func TestGuardTimeout(t *testing.T) {
	for name, c := range map[string]struct {
		timeout, want time.Duration
	}{
		"as set":   {2 * time.Second, 2 * time.Second},
		"default":  {0, blacklist.DefaultTimeout},
		"negative": {-1, blacklist.DefaultTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				g := blacklist.Guard{Timeout: c.timeout, Checker: blacklist.CheckerFunc(
					func(context.Context, blacklist.Query) (blacklist.Verdict, error) {
						<-release // deaf to its context
						return blacklist.Verdict{Blocked: true}, nil
					})}
				start := time.Now()
				v, err := g.Check(t.Context(), incoming("sales", "user:US.1"))
				assert.Equal(t, c.want, time.Since(start))
				assert.False(t, v.Blocked)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				close(release) // the bubble fails the test if a goroutine stays behind
			})
		})
	}
}

func TestGuardJustInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := blacklist.Guard{Timeout: time.Second, Checker: blacklist.CheckerFunc(
			func(context.Context, blacklist.Query) (blacklist.Verdict, error) {
				time.Sleep(time.Second - 1) // virtual: the bubble's clock
				return blacklist.Verdict{Blocked: true}, nil
			})}
		v, err := g.Check(t.Context(), incoming("sales", "user:US.1"))
		require.NoError(t, err)
		assert.True(t, v.Blocked)
	})
}

func TestGuardBoundsWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var mu sync.Mutex
		asked := 0
		g := blacklist.Guard{Timeout: time.Second, MaxCalls: 2, Checker: blacklist.CheckerFunc(
			func(context.Context, blacklist.Query) (blacklist.Verdict, error) {
				mu.Lock()
				asked++
				mu.Unlock()
				<-release
				return blacklist.Verdict{}, nil
			})}
		for i := range 5 {
			start := time.Now()
			_, err := g.Check(t.Context(), incoming("sales"))
			assert.Equal(t, time.Second, time.Since(start))
			assert.Equal(t, i >= 2, errors.Is(err, blacklist.ErrBusy), "check %d: %v", i, err)
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		mu.Lock()
		assert.Equal(t, 2, asked, "no more than MaxCalls hang")
		mu.Unlock()

		close(release)
		synctest.Wait()
		_, err := g.Check(t.Context(), incoming("sales"))
		require.NoError(t, err, "the places come back")
	})
}

func TestGuardWaitsForAPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := blacklist.Guard{Timeout: time.Second, MaxCalls: 1, Checker: blacklist.CheckerFunc(
			func(context.Context, blacklist.Query) (blacklist.Verdict, error) {
				time.Sleep(300 * time.Millisecond) // virtual
				return blacklist.Verdict{Blocked: true}, nil
			})}
		var done sync.WaitGroup
		for range 3 {
			done.Go(func() {
				v, err := g.Check(t.Context(), incoming("sales"))
				assert.NoError(t, err)
				assert.True(t, v.Blocked)
			})
		}
		done.Wait()
	})
}

func TestGuardLeavesTheQueryToTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, seen := make(chan struct{}), make(chan string, 1)
		g := blacklist.Guard{Checker: blacklist.CheckerFunc(
			func(_ context.Context, q blacklist.Query) (blacklist.Verdict, error) {
				<-release
				seen <- q.Aliases[0]
				return blacklist.Verdict{}, nil
			})}
		q := incoming("sales", "user:US.1")
		_, err := g.Check(t.Context(), q)
		require.Error(t, err)
		q.Aliases[0] = "user:US.2" // the caller has its slice back
		close(release)
		assert.Equal(t, "user:US.1", <-seen)
	})
}
