package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// TestAMessageOutlivesItsCustomersMemory: a template that waits for its account for longer than
// a departed customer is remembered is sent after a restart as it is without one.
func TestAMessageOutlivesItsCustomersMemory(t *testing.T) {
	cfg := queue.Config{Seed: 1, Memory: time.Hour, Evidence: time.Hour}
	for _, restarted := range []bool{false, true} {
		e, err := queue.New(cfg)
		require.NoError(t, err)
		f := &floor{t: t, e: e, now: start}
		f.do(queue.ConfigureAgent{Agent: queue.Agent{ID: "ana"}})
		f.configure(queue.Campaign{Connector: "wa", Members: []queue.Member{{Agent: "ana"}}})
		f.available("ana")
		f.do(queue.Start{
			Campaign: "sales", Agent: "ana", Aliases: []string{"phone:maria"}, Customer: "c-maria", ID: "out",
			Message: &queue.Message{Text: "hello", Template: true, Validity: 100 * 24 * time.Hour},
		})
		key := f.last(queue.MessageQueued, "out").Key
		f.do(queue.Sent{Interaction: "out", Key: key, Result: queue.SendStopped, Reason: "unpaid"})
		f.do(queue.Finish{Interaction: "out", Agent: "ana"})
		days := func() (last queue.Effect) { // the account is probed once a minute
			for range 2 * 24 * 60 {
				f.effects = nil
				f.pass(time.Minute)
				for _, ef := range f.effects {
					last = ef
					f.do(queue.Sent{Interaction: "out", Key: key, Result: queue.SendStopped, Reason: "unpaid"})
				}
			}
			return last
		}
		days()
		if restarted {
			f.e, err = queue.Restore(cfg, f.e.Snapshot())
			require.NoError(t, err)
		}
		sent := days()
		assert.Equal(t, []string{"c-maria", "phone:maria", key}, []string{sent.Customer, sent.Address, sent.Key})
		f.pass(time.Minute)
		f.do(queue.Sent{Interaction: "out", Key: key, Result: queue.SendAccepted, ProviderID: "taken"})
		f.pass(3 * 24 * time.Hour)
		_, known := f.e.Interaction("out")
		assert.False(t, known)
		id, _ := f.e.CustomerOf("phone:maria")
		assert.Empty(t, id, "the customer is forgotten when the message is settled")
	}
}

// TestASnapshotWithoutTheCustomerOfAMessage: a snapshot of an earlier version may have a message
// whose customer it has forgotten. The message fails when its time is over.
func TestASnapshotWithoutTheCustomerOfAMessage(t *testing.T) {
	for _, result := range []queue.SendResult{queue.SendStopped, queue.SendRetry, ""} {
		f := newFloor(t, queue.Campaign{Connector: "wa"})
		f.available("ana")
		id := f.answered("maria", "ana")
		f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "hello", Template: true, Validity: 48 * time.Hour}})
		if result != "" {
			f.do(queue.Sent{Interaction: id, Key: f.last(queue.MessageQueued, id).Key, Result: result, RetryAfter: 30 * time.Minute, Reason: "unpaid"})
		}
		f.do(queue.Finish{Interaction: id, Agent: "ana"})
		s := f.e.Snapshot()
		s.Customers = nil
		e, err := queue.Restore(queue.Config{Seed: 1}, s)
		require.NoError(t, err)
		assert.Empty(t, e.Pending())
		var last queue.Event
		for range 50 {
			f.now = f.now.Add(time.Hour)
			for _, ev := range e.Advance(f.now).Events {
				if ev.Kind == queue.MessageMoved {
					last = ev
				}
			}
		}
		assert.Equal(t, queue.MessageFailed, last.Delivery)
		_, known := e.Interaction(id)
		assert.False(t, known)
	}
}
