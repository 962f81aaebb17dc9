package phones

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/usher-go/usher/channel"
)

//go:embed web
var web embed.FS

// handler serves the page and what it asks for.
type handler struct {
	line *Line
	to   channel.Receiver
}

// Handler returns the page of the phones, to be mounted without a prefix or behind
// [http.StripPrefix]. What customers write goes to r, which is the center.
//
// Everybody who reaches it can be any customer: it is for demonstrations on one's own
// machine.
func (l *Line) Handler(r channel.Receiver) http.Handler {
	h := &handler{l, r}
	files, _ := fs.Sub(web, "web") // a literal that is there
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /api/phones", h.list)
	mux.HandleFunc("GET /api/events", h.events)
	mux.HandleFunc("POST /api/say", h.say)
	mux.HandleFunc("POST /api/file", h.upload)
	mux.HandleFunc("GET /api/file/{id}", h.file)
	mux.HandleFunc("POST /api/read", h.read)
	return http.NewCrossOriginProtection().Handler(guard(mux))
}

func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// list answers with what is on phones: ?phone=…, as often as there are.
func (h *handler) list(w http.ResponseWriter, r *http.Request) {
	out := struct {
		Numbers  []string  `json:"numbers"`
		Messages []Message `json:"messages"`
	}{h.line.numbers, []Message{}}
	h.line.mu.Lock()
	for _, digits := range r.URL.Query()["phone"] {
		if p := h.line.phones[digits]; p != nil {
			out.Messages = append(out.Messages, p.messages...)
		}
	}
	h.line.mu.Unlock()
	answer(w, http.StatusOK, out)
}

func (h *handler) say(w http.ResponseWriter, r *http.Request) {
	var body struct {
		From, Name, Number, Text string
		Kind                     channel.Kind
		Media                    *channel.MediaRef
	}
	if !read(w, r, &body, 4<<20) {
		return
	}
	if body.Kind == "" {
		body.Kind = channel.Text
	}
	m, err := h.line.Say(r.Context(), h.to, body.From, body.Name, body.Number, channel.Message{Kind: body.Kind, Text: body.Text, Media: body.Media})
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	answer(w, http.StatusOK, m)
}

// read is a phone coming into its owner's sight.
func (h *handler) read(w http.ResponseWriter, r *http.Request) {
	var body struct{ Phone string }
	if !read(w, r, &body, 1<<10) {
		return
	}
	if err := h.line.report(r.Context(), h.to, body.Phone, channel.Read); err != nil {
		answer(w, http.StatusServiceUnavailable, map[string]string{"error": err.Error()})
		return
	}
	answer(w, http.StatusOK, struct{}{})
}

func (h *handler) upload(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxFile))
	if err != nil {
		answer(w, http.StatusRequestEntityTooLarge, map[string]string{"error": fmt.Sprintf("the largest file has %d bytes", maxFile)})
		return
	}
	ref, err := h.line.store(r.URL.Query().Get("name"), r.Header.Get("Content-Type"), data)
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	answer(w, http.StatusCreated, ref)
}

// file serves a file; only pictures, sound and film are shown, all else is a download.
func (h *handler) file(w http.ResponseWriter, r *http.Request) {
	f, ok := h.line.file(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	kind, _, _ := mime.ParseMediaType(f.ref.MIME)
	if family, _, _ := strings.Cut(kind, "/"); kind == "image/svg+xml" || family != "image" && family != "audio" && family != "video" {
		kind = "application/octet-stream"
		w.Header().Set("Content-Disposition", "attachment")
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "private, max-age=86400")
	_, _ = w.Write(f.data)
}

// watcher is a page that is open.
type watcher struct {
	phones map[string]bool
	out    chan Message
}

// tellLocked hands a message to the pages that show its phone. One that does not keep up
// is cut off, and reads everything when it comes back.
func (l *Line) tellLocked(digits string, m Message) {
	for w := range l.watch {
		if !w.phones[digits] {
			continue
		}
		select {
		case w.out <- m:
		default:
			close(w.out)
			delete(l.watch, w)
		}
	}
}

// events streams what comes to some phones; they are on meanwhile, so that what the desk
// sends is delivered.
func (h *handler) events(w http.ResponseWriter, r *http.Request) {
	x := &watcher{phones: map[string]bool{}, out: make(chan Message, 64)}
	for _, digits := range r.URL.Query()["phone"] {
		x.phones[digits] = true
	}
	h.line.mu.Lock()
	h.line.watch[x] = struct{}{}
	h.line.mu.Unlock()
	defer func() {
		h.line.mu.Lock()
		delete(h.line.watch, x)
		h.line.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w)
	_, _ = fmt.Fprint(w, ": open\n\n")
	_ = flush.Flush()
	for digits := range x.phones {
		_ = h.line.report(r.Context(), h.to, digits, channel.Delivered)
	}
	h.stream(r.Context(), w, x, flush)
}

func (h *handler) stream(ctx context.Context, w http.ResponseWriter, x *watcher, flush *http.ResponseController) {
	beat := time.NewTicker(15 * time.Second)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			_, _ = fmt.Fprint(w, ": beat\n\n")
		case m, open := <-x.out:
			if !open {
				return
			}
			data, _ := json.Marshal(m) // plain data always marshals
			_, _ = fmt.Fprintf(w, "data: %s\n\n", data)
			if !m.Mine {
				_ = h.line.report(ctx, h.to, m.Phone, channel.Delivered)
			}
		}
		if flush.Flush() != nil {
			return
		}
	}
}

func read(w http.ResponseWriter, r *http.Request, into any, most int64) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, most)).Decode(into); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return false
	}
	return true
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
