package cloudapitest

import (
	"net"
	"net/http"
	"time"

	"github.com/usher-go/usher/channel"
)

// Failure is one way in which a send goes wrong.
type Failure struct {
	mode  string // "": none
	code  int
	taken bool
}

// Graph refuses with an error of the Graph API, and the HTTP status Meta gives it.
func Graph(code int) Failure { return Failure{mode: "graph", code: code} }

// HTTP refuses with a bare status, as a gateway does: not even a body.
func HTTP(status int) Failure { return Failure{mode: "http", code: status} }

// Silence never answers; it ends when the client gives up. Whether the message was taken
// before is what the client cannot know.
func Silence(taken bool) Failure { return Failure{mode: "silence", taken: taken} }

// Cut resets the connection instead of answering.
func Cut(taken bool) Failure { return Failure{mode: "cut", taken: taken} }

// Gateway answers 502 without a body although the message was taken.
func Gateway() Failure { return Failure{mode: "http", code: http.StatusBadGateway, taken: true} }

// Garble takes the message and answers 200 with something that is no JSON.
func Garble() Failure { return Failure{mode: "garble", taken: true} }

// Bounce takes the message, answers as if all were well, and reports with a status that it
// failed with the code.
func Bounce(code int) Failure { return Failure{mode: "bounce", code: code, taken: true} }

// FailNext makes the next sends fail, one after another. Read receipts and media do not
// count.
func (s *Server) FailNext(failures ...Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, failures...)
}

// nextFailure takes the first failure off the list.
func (s *Server) nextFailure() Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.failures) == 0 {
		return Failure{}
	}
	f := s.failures[0]
	s.failures = s.failures[1:]
	return f
}

// refuses reports whether the send fails before the message is taken.
func (f Failure) refuses() bool { return f.mode != "" && !f.taken }

// answers reports whether the client learns that the message was taken.
func (f Failure) answers() bool { return f.mode == "" || f.mode == "bounce" }

// act answers, or does not.
func (f Failure) act(w http.ResponseWriter, r *http.Request) {
	switch f.mode {
	case "graph":
		refuse(w, graphError(f.code, "made to fail"))
	case "http":
		w.WriteHeader(f.code)
	case "silence":
		<-r.Context().Done()
	case "cut":
		cut(w)
	case "garble":
		_, _ = w.Write([]byte("<html>"))
	}
}

// cut resets the connection, so that the client sees neither an answer nor an orderly
// end.
func cut(w http.ResponseWriter) {
	h, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := h.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// bucket is a token bucket: what is left, and when that was.
type bucket struct {
	left float64
	at   time.Time
}

// take reports whether one token was left, with so many coming each second up to burst.
func (b *bucket) take(now time.Time, perSecond, burst float64) bool {
	b.left = min(burst, b.left+max(0, now.Sub(b.at).Seconds())*perSecond)
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// allowLocked applies the limits that Config asks for.
func (s *Server) allowLocked(number string, to channel.Alias, kind string) *graph {
	now := s.cfg.Now()
	if s.cfg.Window && kind != "template" && !s.openLocked(number, to, now) {
		return graphError(131047, "more than 24 hours have passed since the customer last wrote")
	}
	if !s.cfg.Limits {
		return nil
	}
	if !s.bucketLocked(route{number: number}, 80, now).take(now, 80, 80) {
		return graphError(130429, "message throughput has been reached")
	}
	if !s.bucketLocked(route{number, to}, 45, now).take(now, 1.0/6, 45) {
		return graphError(131056, "too many messages to this customer")
	}
	return nil
}

func (s *Server) bucketLocked(r route, burst float64, now time.Time) *bucket {
	b := s.buckets[r]
	if b == nil {
		b = &bucket{left: burst, at: now}
		s.buckets[r] = b
	}
	return b
}

// openLocked reports whether a customer wrote within 24 hours, under whichever name.
func (s *Server) openLocked(number string, to channel.Alias, now time.Time) bool {
	names := []channel.Alias{to}
	for _, p := range s.phones[to] {
		names = append(names, p.person.aliases()...)
	}
	for _, name := range names {
		if at, ok := s.wrote[route{number, name}]; ok && now.Sub(at) <= 24*time.Hour {
			return true
		}
	}
	return false
}
