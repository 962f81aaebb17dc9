package cloudapitest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/cloudapi"
)

// Config is what a [Server] is like. Every field may be left zero.
type Config struct {
	AccessToken string // default "test-token"
	AppSecret   string // default "test-secret"
	VerifyToken string // default "test-verify"
	Version     string // default "v26.0"
	// Numbers are the business numbers: phone_number_id → +E164. Default one,
	// 106540352242922 → +15550783881.
	Numbers map[string]string
	// Webhook is the address of the connector's handler. [Server.SetWebhook] sets it later.
	Webhook string

	// Statuses are reported for every message taken, in this order. Default none.
	Statuses []channel.State
	// Hold keeps those statuses until [Server.Report] instead of posting them at once, right
	// after the answer to the send.
	Hold bool
	// Limits makes the server keep Meta's rate limits: one message in 6 s to one customer
	// with bursts of 45, and 80 a second from one number.
	Limits bool
	// Keep is how many messages [Server.Sent] remembers, the latest. Default all.
	Keep int
	// Window makes it refuse, with 131047, anything but a template to a customer who has
	// not written within 24 hours.
	Window bool

	// Client posts webhooks. Default [http.DefaultClient].
	Client *http.Client
	// Now is the clock. Default [time.Now].
	Now func() time.Time
}

// Server is a stand-in for the Graph API. It is safe for concurrent use.
type Server struct {
	cfg Config

	mu       sync.Mutex
	webhook  string
	changed  chan struct{} // closed and replaced whenever something below changes
	busy     int           // requests and posts going on
	sent     []Sent
	marks    []Mark
	failures []Failure
	held     []Event
	missed   [][]byte // webhooks that were not taken
	count    struct{ out, in, media int }
	phones   map[channel.Alias][]*Phone
	wrote    map[route]time.Time // when a customer last wrote
	buckets  map[route]*bucket
	media    mediaStore
}

// route is a business number, by its id, and a customer.
type route struct {
	number string
	who    channel.Alias
}

// Sent is a message the server has taken.
type Sent struct {
	ID     string          // the message id it was given
	From   string          // the business number, +E164
	To     channel.Alias   //
	Key    string          // biz_opaque_callback_data
	Type   string          // "text", "interactive", …
	Text   string          // the body or caption
	Quotes string          // the message it answers
	Body   json.RawMessage // the whole request
	At     time.Time
}

// Mark is a read receipt the server has taken.
type Mark struct {
	From      string // the business number, +E164
	MessageID string
	Typing    bool // with a typing indicator
}

// NewServer returns a server that has taken nothing yet. It starts nothing.
func NewServer(cfg Config) *Server {
	fill := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	fill(&cfg.AccessToken, "test-token")
	fill(&cfg.AppSecret, "test-secret")
	fill(&cfg.VerifyToken, "test-verify")
	fill(&cfg.Version, "v26.0")
	cfg.Numbers = maps.Clone(cfg.Numbers)
	if len(cfg.Numbers) == 0 {
		cfg.Numbers = map[string]string{"106540352242922": "+15550783881"}
	}
	if cfg.Client == nil {
		cfg.Client = http.DefaultClient
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Server{
		cfg: cfg, webhook: cfg.Webhook, changed: make(chan struct{}),
		wrote: map[route]time.Time{}, buckets: map[route]*bucket{}, phones: map[channel.Alias][]*Phone{},
		media: mediaStore{files: map[string]file{}, links: map[string]string{}},
	}
}

// ConnectorConfig returns settings with which a connector reaches the server at url.
func (s *Server) ConnectorConfig(name, url string) cloudapi.Config {
	return cloudapi.Config{
		Name: name, AccessToken: s.cfg.AccessToken, AppSecrets: []string{s.cfg.AppSecret},
		VerifyTokens: []string{s.cfg.VerifyToken}, Numbers: maps.Clone(s.cfg.Numbers),
		GraphURL: url, GraphVersion: s.cfg.Version, Now: s.cfg.Now,
	}
}

// SetWebhook sets the address that webhooks are posted to.
func (s *Server) SetWebhook(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhook = url
}

// Sent returns the messages taken so far, oldest first; of more than [Config.Keep] only
// the latest.
func (s *Server) Sent() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	if keep := s.cfg.Keep; keep > 0 && len(s.sent) > keep {
		return slices.Clone(s.sent[len(s.sent)-keep:])
	}
	return slices.Clone(s.sent)
}

// Taken returns how many messages were taken so far.
func (s *Server) Taken() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count.out
}

// Marks returns the read receipts taken so far, oldest first.
func (s *Server) Marks() []Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.marks)
}

// notifyLocked wakes whoever waits for a change.
func (s *Server) notifyLocked() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// enter counts something that Settle waits for; the result ends it.
func (s *Server) enter() func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.busy--
		s.notifyLocked()
	}
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.enter()()
	if token, ok := strings.CutPrefix(r.URL.Path, linkPath); ok {
		s.download(w, r, token)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+s.cfg.AccessToken {
		refuse(w, graphError(190, "the access token is missing or wrong"))
		return
	}
	version, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if version != s.cfg.Version {
		refuse(w, graphError(2635, "this server speaks "+s.cfg.Version+", not "+version))
		return
	}
	node, edge, _ := strings.Cut(path, "/")
	_, known := s.cfg.Numbers[node]
	switch {
	case known && edge == "messages" && r.Method == http.MethodPost:
		s.post(w, r, node)
	case known && edge == "media" && r.Method == http.MethodPost:
		s.upload(w, r)
	case edge == "" && r.Method == http.MethodGet:
		s.lookup(w, r, node)
	default:
		refuse(w, graphError(100, fmt.Sprintf("%s /%s does not exist here", r.Method, path)))
	}
}

// post serves /{number}/messages: a message or a read receipt.
func (s *Server) post(w http.ResponseWriter, r *http.Request, number string) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return // the client is gone
	}
	var req request
	if err := json.Unmarshal(body, &req); err != nil {
		refuse(w, graphError(100, "the body is not a JSON object: "+err.Error()))
		return
	}
	if req.Status != "" {
		s.mark(w, number, req)
		return
	}
	f := s.nextFailure()
	if f.refuses() {
		f.act(w, r)
		return
	}
	sent, problem := s.take(number, req, body)
	switch {
	case problem != nil:
		refuse(w, problem)
	case f.answers():
		answer(w, http.StatusOK, req.receipt(sent))
	default:
		f.act(w, r)
	}
	if problem == nil {
		s.statuses(r.Context(), sent, f)
	}
}

// take checks a message and records it.
func (s *Server) take(number string, req request, body []byte) (Sent, *graph) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if problem := req.check(); problem != nil {
		return Sent{}, problem
	}
	to := req.alias()
	if problem := s.allowLocked(number, to, req.Type); problem != nil {
		return Sent{}, problem
	}
	s.count.out++
	sent := Sent{
		ID: fmt.Sprintf("wamid.OUT%08d", s.count.out), From: s.cfg.Numbers[number], To: to,
		Key: req.Key, Type: req.Type, Text: req.words(), Quotes: req.Context.ID,
		Body: body, At: s.cfg.Now(),
	}
	s.keepLocked(sent)
	for _, p := range s.phones[to] {
		p.inbox = append(p.inbox, sent)
	}
	s.notifyLocked()
	return sent, nil
}

// keepLocked remembers a message, and forgets at twice Keep what is beyond it.
func (s *Server) keepLocked(sent Sent) {
	s.sent = append(s.sent, sent)
	if keep := s.cfg.Keep; keep > 0 && len(s.sent) >= 2*keep {
		s.sent = append([]Sent(nil), s.sent[len(s.sent)-keep:]...)
	}
}

func (s *Server) mark(w http.ResponseWriter, number string, req request) {
	if req.Product != "whatsapp" || req.Status != "read" || req.MessageID == "" {
		refuse(w, graphError(131009, "a read receipt needs messaging_product, status read and message_id"))
		return
	}
	if req.Typing != nil && req.Typing.Type != "text" {
		refuse(w, graphError(131009, "typing_indicator.type must be text"))
		return
	}
	s.mu.Lock()
	s.marks = append(s.marks, Mark{From: s.cfg.Numbers[number], MessageID: req.MessageID, Typing: req.Typing != nil})
	s.notifyLocked()
	s.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"success": true})
}

// answer sends a whole response at once, so that what the server does next, such as
// posting a status, comes after it.
func answer(w http.ResponseWriter, status int, v any) {
	body, _ := json.Marshal(v)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
