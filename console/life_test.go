package console_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/console"
	"github.com/usher-go/usher/queue"
)

func text(version uint64, s string) console.SendBody {
	return console.SendBody{Version: version, Message: console.Outgoing{Kind: channel.Text, Text: s}}
}

// A life of an interaction as the page plays it, through the API alone.
func TestALifeAtTheDesk(t *testing.T) {
	f := newFloor(t, nil)
	state := post[console.AgentDone](f, "ana", "api/desk/state", console.StateBody{State: queue.Available})
	assert.Equal(t, []any{"available", morning}, []any{state.Agent.Activity, state.Agent.Since})
	id := f.say("hello", maria)

	desk := get[console.Desk](f, "ana", "api/desk")
	require.Len(t, desk.Pending, 1)
	offer := desk.Pending[0]
	assert.Equal(t, []any{id, "ana", []string{"accept", "decline"}, "hello"}, []any{offer.ID, offer.Offered, offer.May, offer.Last.Message.Text})
	assert.Equal(t, morning.Add(30*time.Second), offer.Until)
	f.pass(5 * time.Second)
	done := post[console.Done](f, "ana", "api/interactions/"+id+"/accept", console.Empty{Version: offer.Version})
	assert.Equal(t, []any{queue.OwnedByAgent, "ana"}, []any{done.Interaction.Owner, done.Interaction.Agent})

	post[console.Done](f, "ana", "api/interactions/"+id+"/send", text(done.Interaction.Version, "hi Maria"))
	sent := f.wa.Sent()
	require.Len(t, sent, 1)
	assert.Equal(t, []any{maria, number, "hi Maria"}, []any{sent[0].To, sent[0].From, sent[0].Message.Text})
	require.NoError(t, f.wa.Report(t.Context(), sent[0].Key, channel.Delivered))

	talk := get[console.Conversation](f, "ana", "api/interactions/"+id+"/conversation")
	said := messages(talk.Items)
	require.Len(t, said, 2)
	assert.Equal(t, []any{"customer", "hello", "agent", "hi Maria", "delivered"},
		[]any{said[0].From, said[0].Message.Text, said[1].From, said[1].Message.Text, said[1].Delivery})

	post[console.Done](f, "ana", "api/interactions/"+id+"/park", console.Empty{})
	post[console.Done](f, "ana", "api/interactions/"+id+"/resume", console.Empty{})
	post[console.Done](f, "ana", "api/interactions/"+id+"/note", console.NoteBody{Text: "wants a discount"})
	done = post[console.Done](f, "ana", "api/interactions/"+id+"/finish", console.FinishBody{Disposition: "sold"})
	assert.Equal(t, []any{queue.OwnedByNobody, "answered", "sold"}, []any{done.Interaction.Owner, done.Interaction.Outcome, done.Interaction.Disposition})

	desk = get[console.Desk](f, "ana", "api/desk")
	assert.Empty(t, desk.Active)
	assert.Equal(t, []string{id}, interactions(desk.History))
	board := get[console.Board](f, "sup", "api/board")
	assert.Equal(t, 1.0, *board.Total.Figures["serviceLevel"])
	assert.EqualValues(t, 1, board.Total.Ended)
	line := get[console.Timeline](f, "sup", "api/interactions/"+id+"/timeline")
	for _, ev := range line.Events {
		if ev.Message != nil {
			assert.Empty(t, ev.Message.Text, "a timeline does not say what was said")
		}
	}
}

func messages(list []console.Item) (out []console.Item) {
	for _, it := range list {
		if it.Type == "message" {
			out = append(out, it)
		}
	}
	return out
}

// Scenario 1: two agents take the same interaction: one wins, the other is told.
func TestOnlyOneTakes(t *testing.T) {
	f := newFloor(t, pull)
	f.available("ana", "bruno")
	id := f.say("hello", maria)
	for _, agent := range []string{"ana", "bruno"} {
		assert.Equal(t, []string{"take"}, get[console.Desk](f, agent, "api/desk").Pending[0].May)
	}
	post[console.Done](f, "ana", "api/interactions/"+id+"/take", console.TakeBody{})
	f.ask("bruno", "POST", "api/interactions/"+id+"/take", "{}").fails(409, "already_taken")
	f.ask("carla", "POST", "api/interactions/"+id+"/take", "{}").fails(404, "unknown_interaction")
	assert.Empty(t, get[console.Desk](f, "bruno", "api/desk").Pending)
}

// Transfer: pending with its end, taken back, declined, accepted, and run out.
func TestTransferAtTheDesk(t *testing.T) {
	f := newFloor(t, nil)
	f.available("ana")
	id := f.say("hello", maria)
	at := "api/interactions/" + id
	post[console.Done](f, "ana", at+"/accept", console.Empty{})
	f.available("bruno")
	targets := get[console.Targets](f, "ana", at+"/targets")
	require.Len(t, targets.Agents, 1)
	assert.Equal(t, []any{"bruno", ""}, []any{targets.Agents[0].ID, targets.Agents[0].Obstacle})
	assert.Equal(t, "support", targets.Campaigns[0].ID)

	f.ask("bruno", "GET", at, "").fails(404, "unknown_interaction")
	done := post[console.Done](f, "ana", at+"/transfer", console.TransferBody{Agent: "bruno", Reason: "yours"})
	assert.Equal(t, []any{true, "bruno", f.clock.Now().Add(time.Minute)}, []any{done.Interaction.Transfer, done.Interaction.Offered, done.Interaction.Until.UTC()})
	assert.Contains(t, done.Interaction.May, "cancel-transfer")
	assert.Equal(t, "hello", messages(get[console.Conversation](f, "bruno", at+"/conversation").Items)[0].Message.Text, "who is asked may read it")
	f.ask("ana", "POST", at+"/transfer", `{"agent":"bruno"}`).fails(409, "transferring")

	post[console.Done](f, "ana", at+"/cancel-transfer", console.Empty{})
	post[console.Done](f, "ana", at+"/transfer", console.TransferBody{Agent: "bruno"})
	f.pass(61 * time.Second)
	assert.Equal(t, []string{id}, interactions(get[console.Desk](f, "ana", "api/desk").Active), "it ran out and came back")
	post[console.Done](f, "ana", at+"/transfer", console.TransferBody{Agent: "bruno"})
	post[console.Done](f, "bruno", at+"/accept", console.Empty{})
	f.ask("ana", "POST", at+"/send", `{"version":1000,"message":{"kind":"text","text":"late"}}`).fails(409, "not_owner")
	assert.Equal(t, []string{id}, interactions(get[console.Desk](f, "ana", "api/desk").History), "who had it sees it in the history")
	assert.Equal(t, []string{id}, interactions(get[console.Desk](f, "bruno", "api/desk").Active))
}

func TestWrapUpAtTheDesk(t *testing.T) {
	f, id, _ := talking(t, func(_ *usher.Options, cfg *usher.Config, _ *console.Options) {
		cfg.Campaigns[0].WhatsApp.Offers.WrapUp = 30
	})
	f.ask("ana", "POST", "api/desk/wrapup", `{"seconds":10}`).fails(400, "invalid")
	post[console.Done](f, "ana", "api/interactions/"+id+"/finish", console.FinishBody{})
	agent := get[console.Desk](f, "ana", "api/desk").Agent
	assert.Equal(t, []any{"wrapup", f.clock.Now().Add(30 * time.Second).UTC()}, []any{agent.Activity, agent.WrapUntil})
	post[console.AgentDone](f, "ana", "api/desk/wrapup", console.WrapUpBody{Seconds: 20})
	assert.Equal(t, "available", post[console.AgentDone](f, "ana", "api/desk/wrapup", console.WrapUpBody{}).Agent.Activity)
}
