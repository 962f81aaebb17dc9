package usher

import (
	"context"

	"github.com/usher-go/usher/queue"
)

// DownAccounts returns the connectors whose accounts cannot send now, because the provider
// cannot be reached or has stopped the account. Messages for them wait until they expire;
// see Sends in package settings. The list is empty when all can send.
func (c *Center) DownAccounts(ctx context.Context) ([]queue.AccountView, error) {
	if err := c.load(ctx); err != nil {
		return nil, err
	}
	var list []queue.AccountView
	err := c.use(func(e *queue.Engine) { list = e.DownAccounts() })
	return list, err
}

// logState logs once what an operator must know: that an account cannot send or can again,
// and that the clock was set back.
func (c *Center) logState(ev *queue.Event) {
	switch {
	case ev.Kind == queue.AccountDown && ev.Count == 1 && !ev.Until.IsZero() && ev.Direct:
		c.log.Error("usher: the provider has stopped an account; its messages wait", "connector", ev.Topic, "code", ev.Code, "reason", ev.Reason)
	case ev.Kind == queue.AccountDown && ev.Count == 1 && !ev.Until.IsZero():
		c.log.Error("usher: an account cannot be reached; its messages wait", "connector", ev.Topic, "code", ev.Code, "reason", ev.Reason)
	case ev.Kind == queue.ClockSkewed && ev.Wait > 0:
		c.log.Warn("usher: the wall clock was set back; time continues at half rate until it has caught up", "ahead", ev.Wait)
	case ev.Kind == queue.ClockSkewed:
		c.log.Info("usher: the wall clock has caught up")
	case ev.Kind == queue.AccountUp:
		c.log.Info("usher: an account can send again", "connector", ev.Topic, "after", ev.Wait)
	}
}
