package console_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/queue"
)

// hooked is the host's code that a console calls. The hook that is named misbehaves once.
type hooked struct {
	*channeltest.Connector
	hook, fault string
	armed       atomic.Bool
	called      atomic.Int64
	release     chan struct{}
	center      func() *usher.Center
}

// at is called by every hook. It reports whether to return garbage.
func (h *hooked) at(hook string) bool {
	if hook != h.hook || !h.armed.CompareAndSwap(true, false) {
		return false
	}
	h.called.Add(1)
	switch h.fault {
	case "panics":
		panic("bug of the host")
	case "blocks":
		<-h.release
	case "calls runtime.Goexit":
		runtime.Goexit()
	case "calls the center":
		_, _ = h.center().Do(context.Background(), queue.Note{Topic: "called back"})
	}
	return h.fault == "returns garbage"
}

func (h *hooked) FetchMedia(context.Context, string, channel.MediaRef) (io.ReadCloser, error) {
	if h.at("FetchMedia") {
		return io.NopCloser(strings.NewReader("")), nil
	}
	return io.NopCloser(hookedFile{h}), nil
}

type hookedFile struct{ *hooked }

func (f hookedFile) Read([]byte) (int, error) {
	if f.at("the file's Read") {
		return 0, errors.New("cut off")
	}
	return 0, io.EOF
}

func (h *hooked) UploadMedia(context.Context, string, console.Upload) (channel.MediaRef, error) {
	if h.at("UploadMedia") {
		return channel.MediaRef{}, errors.New("\xff")
	}
	return channel.MediaRef{ID: "m"}, nil
}

// TestHostileHooksOfAConsole lets each piece of the host's code misbehave in one request. Others
// are answered, also while that one blocks: nothing bounds it but the host's own server, whose
// request it is, and it holds no lock.
func TestHostileHooksOfAConsole(t *testing.T) {
	for _, hook := range []string{"Authorize", "FetchMedia", "the file's Read", "UploadMedia"} {
		for _, fault := range []string{"panics", "blocks", "calls runtime.Goexit", "calls the center", "returns garbage"} {
			t.Run(hook+" "+fault, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { playHooked(t, hook, fault) })
			})
		}
	}
}

func playHooked(t *testing.T, hook, fault string) {
	h := &hooked{hook: hook, fault: fault, release: make(chan struct{})}
	f := newFloor(t, func(o *usher.Options, _ *usher.Config, c *console.Options) {
		h.Connector = o.Connectors[0].(*channeltest.Connector)
		o.Connectors = []channel.Connector{h}
		c.Authorize = func(r *http.Request) (console.Actor, error) {
			if h.at("Authorize") {
				return console.Actor{Name: "\xff"}, nil
			}
			return who(r)
		}
	})
	h.center = func() *usher.Center { return f.center }
	f.available("ana")
	id := f.say("hello", maria)
	post[console.Done](f, "ana", "api/interactions/"+id+"/accept", console.Empty{})
	picture := channel.Message{Kind: channel.Image, ID: "p", Media: &channel.MediaRef{ID: "x", MIME: "image/png"}}
	require.NoError(t, f.center.Receive(t.Context(), []channel.Update{{Connector: "main", Number: number, Message: &channel.Inbound{From: channel.Customer{Aliases: []channel.Alias{maria}}, Message: picture}}}))
	seq := strconv.FormatUint(f.center.Seq(), 10)
	h.armed.Store(true)
	done := make(chan int, 1)
	go func() {
		status := 0
		defer func() {
			p := recover()
			if err, _ := p.(error); p != nil && !errors.Is(err, http.ErrAbortHandler) {
				status = -1
			}
			done <- status
		}()
		r := httptest.NewRequest("GET", "/desk/api/interactions/"+id+"/media/"+seq, nil)
		if hook == "UploadMedia" {
			r = httptest.NewRequest("POST", "/desk/api/interactions/"+id+"/upload?name=x.png", strings.NewReader("data"))
			r.Header.Set("Content-Type", "image/png")
			r.Header.Set("Idempotency-Key", "upload")
		}
		r.Header.Set("Who", "ana")
		w := httptest.NewRecorder()
		f.desk.ServeHTTP(w, r)
		status = w.Code
	}()
	synctest.Wait()
	require.EqualValues(t, 1, h.called.Load(), "the hook was called")
	assert.Equal(t, http.StatusOK, f.ask("ana", "GET", "api/interactions/"+id, "").Status, "other requests are answered")
	f.pass(time.Second)
	_, err := f.center.Do(t.Context(), queue.Note{Topic: "afterwards"})
	require.NoError(t, err)
	close(h.release)
	status := <-done
	assert.GreaterOrEqual(t, status, 0, "a panic ends in an answer")
	if fault == "panics" && hook != "the file's Read" {
		assert.Equal(t, http.StatusInternalServerError, status)
	}
}
