package console

import "github.com/usher-go/usher"

// Console is an [http.Handler]. Make one with [New].
type Console struct {
	center *usher.Center
	opts   Options
}

// call is one request on its way through a handler.
type call struct{}
