package main

import (
	"embed"
	"html/template"
	"io"
	"net/http"

	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/console/whatif"
)

//go:embed page
var page embed.FS

var front = template.Must(template.ParseFS(page, "page/index.html"))

// seat is a desk of the demonstration: each has a console of its own, so that one browser
// can show several at the same time.
type seat struct {
	Path, Name, About string
	actor             console.Actor
}

var seats = []seat{
	{"/boss/", "Supervisor", "the dashboard, the settings, every conversation", console.Actor{ID: "boss", Name: "The boss", Can: console.Supervisor}},
	{"/ana/", "Ana", "a desk of Velo", console.Actor{ID: "ana", Name: "Ana Lima", Agent: "ana", Can: console.Agent}},
	{"/bruno/", "Bruno", "another desk of Velo", console.Actor{ID: "bruno", Name: "Bruno Costa", Agent: "bruno", Can: console.Agent}},
	{"/carla/", "Carla", "a desk of both, and she watches the board", console.Actor{ID: "carla", Name: "Carla Méndez", Agent: "carla", Can: console.Agent | console.Watch}},
}

// letIn lets everybody sit down at a seat. A real host looks at its session here.
func (s seat) letIn(r *http.Request) (console.Actor, error) {
	a, err := console.AllowAll(r) // which makes every page say that this is a demonstration
	a.ID, a.Name, a.Agent, a.Can = s.actor.ID, s.actor.Name, s.actor.Agent, s.actor.Can
	return a, err
}

func (h *house) routes() http.Handler {
	mux := http.NewServeMux()
	for _, s := range seats {
		desk := console.New(h.center, console.Options{
			Authorize: s.letIn, Title: "Velo", Logger: h.log, WhatIf: whatif.New(h.past),
			Pauses:       []string{"Lunch", "Break", "Training"},
			Dispositions: []string{"Solved", "Sold", "Call back", "Wrong number"},
			Templates: []console.Template{
				{Name: "bicycle_ready", Language: "en", Text: "Hello {{1}}, your bicycle is ready.", Params: 1},
				{Name: "we_are_back", Language: "en", Text: "Hello! You wrote to us. How can we help?"},
			},
		})
		h.desks = append(h.desks, desk)
		mux.Handle(s.Path, desk)
	}
	mux.Handle("/phone/", http.StripPrefix("/phone", h.line.Handler(h.center)))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = front.Execute(w, map[string]any{"Seats": seats, "Velo": veloNumber, "Repairs": repairsNumber})
	})
	mux.Handle("GET /page/", http.FileServerFS(page))
	return mux
}
