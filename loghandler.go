package usher

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// logHandler calls the host's slog handler in a goroutine of its own, so that one that
// panics, blocks, ends its goroutine or calls the center harms nothing. The caller waits
// for it at most logWait. Records are dropped while maxLogs calls have not returned.
type logHandler struct {
	handler slog.Handler
	open    *atomic.Int32
}

const (
	logWait = time.Second
	maxLogs = 64
)

// safeLogger returns a logger for what the host gave; nil = one that drops everything.
func safeLogger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(&logHandler{handler: l.Handler(), open: &atomic.Int32{}})
}

// Enabled implements slog.Handler. The host's handler is asked by Handle.
func (h *logHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	if h.open.Add(1) > maxLogs {
		h.open.Add(-1)
		return nil
	}
	done := make(chan struct{})
	go func() {
		defer func() {
			_ = recover() // there is no other place to report it
			h.open.Add(-1)
			close(done)
		}()
		if ctx := context.Background(); h.handler.Enabled(ctx, r.Level) {
			_ = h.handler.Handle(ctx, r)
		}
	}()
	late := time.NewTimer(logWait)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{h.handler.WithAttrs(attrs), h.open}
}

// WithGroup implements slog.Handler.
func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{h.handler.WithGroup(name), h.open}
}
