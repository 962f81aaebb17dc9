// Package console is the dashboard, the agents' desk and the settings of a center, in a
// browser. A host mounts it with one line:
//
//	mux.Handle("/desk/", console.New(center, console.Options{Authorize: who}))
//
// who is the host's own knowledge of its users: it gets every request and returns the
// [Actor] behind it, or an error. The handler works under any prefix, with or without
// [http.StripPrefix], and behind any router.
//
// What the page does it does through a small JSON API and one stream of events, which
// hosts may use for pages of their own: docs/http.md describes it, openapi.json beside
// this file is the same for programs.
//
// Messages are shown as text, never as markup. Everything that a supervisor does is an
// event of the center's with the actor's id as By.
package console
