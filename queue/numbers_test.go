package queue_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// Connector and phone numbers: a number belongs to one campaign at a time, and a customer
// is answered from the number they wrote to.
func TestPhoneNumbers(t *testing.T) {
	const second = "+15550001112"
	two := queue.Campaign{Connector: "meta", Numbers: []string{number, second}}
	// writesTo is a message of a customer to a number of one's choice.
	writesTo := func(f *floor, customer, to string) string {
		c := f.contact(customer, "hello")
		c.Number = to
		return f.arrives(c)
	}
	// route is the number and the connector that the latest message goes out by.
	route := func(f *floor) [2]string {
		f.t.Helper()
		last := queue.Effect{}
		for _, ef := range f.effects {
			if ef.Kind == queue.EffectSend {
				last = ef
			}
		}
		require.Equal(f.t, queue.EffectSend, last.Kind, "nothing was sent")
		return [2]string{last.Number, last.Connector}
	}
	reply := func(f *floor, id, agent string) {
		f.t.Helper()
		f.delivers()
		f.do(queue.Send{Interaction: id, Agent: agent, Message: queue.Message{Text: "hi"}})
	}
	begin := func(to string) queue.Start {
		return queue.Start{Campaign: "sales", Agent: "ana", Number: to, Aliases: []string{"phone:maria"}, Customer: "c-maria", ID: "x",
			Message: &queue.Message{Text: "hi"}}
	}

	t.Run("an agent's reply goes out from the number the customer wrote to", func(t *testing.T) {
		f := newFloor(t, two)
		f.available("ana")
		id := writesTo(f, "maria", second)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		reply(f, id, "ana")
		assert.Equal(t, [2]string{second, "meta"}, route(f))
	})
	t.Run("so does a text of the campaign", func(t *testing.T) {
		c := two
		c.MaxTime, c.Texts.TimedOut = 60e9, "sorry"
		f := newFloor(t, c)
		id := writesTo(f, "maria", second)
		f.pass(60e9)
		assert.Equal(t, []string{"sorry"}, f.texts(id))
		assert.Equal(t, [2]string{second, "meta"}, route(f))
	})
	t.Run("and a bot is told both", func(t *testing.T) {
		c := two
		c.BotOnStart = "menu"
		f := newFloor(t, c)
		asked := f.asked(writesTo(f, "maria", second))
		assert.Equal(t, [2]string{second, "meta"}, [2]string{asked.Number, asked.Connector})
	})
	t.Run("after a transfer the reply still goes out from that number", func(t *testing.T) {
		f := newFloor(t, two, queue.Campaign{ID: "support", Connector: "other"})
		f.available("ana")
		id := writesTo(f, "maria", second)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		f.do(queue.Transfer{Agent: "ana", Interaction: id, ToCampaign: "support"})
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		reply(f, id, "ana")
		// The connector is the one that has the number; that of the campaign it is in now
		// cannot send from it.
		assert.Equal(t, [2]string{second, "meta"}, route(f))
	})
	t.Run("another connector for the number carries the next reply", func(t *testing.T) {
		f := newFloor(t, two)
		f.available("ana")
		id := writesTo(f, "maria", second)
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		f.configure(queue.Campaign{Connector: "new", Numbers: []string{number, second}})
		reply(f, id, "ana")
		assert.Equal(t, [2]string{second, "new"}, route(f))
	})

	t.Run("from our side the first number is used when none is chosen", func(t *testing.T) {
		f := newFloor(t, two)
		f.available("ana")
		f.do(begin(""))
		assert.Equal(t, number, f.view("x").Number)
		assert.Equal(t, [2]string{number, "meta"}, route(f))
	})
	t.Run("from our side the chosen number is used", func(t *testing.T) {
		f := newFloor(t, two)
		f.available("ana")
		f.do(begin(second))
		assert.Equal(t, second, f.view("x").Number)
		assert.Equal(t, [2]string{second, "meta"}, route(f))
	})
	t.Run("from our side a number of another campaign is refused", func(t *testing.T) {
		f := newFloor(t, two, queue.Campaign{ID: "support"})
		f.available("ana")
		err := f.refuse(begin(other), queue.ErrInvalid)
		assert.Equal(t, "number "+other+" is not one of the campaign's", err.Reason)
	})
	t.Run("from our side a number nobody has is refused", func(t *testing.T) {
		f := newFloor(t, two)
		f.available("ana")
		f.refuse(begin("+1999"), queue.ErrInvalid)
	})
	t.Run("the answer to our message joins what we began", func(t *testing.T) {
		f := newFloor(t, two)
		f.available("ana")
		f.do(begin(second))
		assert.Equal(t, "x", writesTo(f, "maria", second))
		assert.Equal(t, "ana", f.view("x").Agent)
	})

	t.Run("one customer has one interaction on each number", func(t *testing.T) {
		f := newFloor(t, two)
		f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
		a, b := writesTo(f, "maria", number), writesTo(f, "maria", second)
		assert.NotEqual(t, a, b)
		assert.Equal(t, a, writesTo(f, "maria", number))
		assert.Equal(t, b, f.refuse(begin(second), queue.ErrOpen).Interaction, "and ours would be a second one")
	})
	t.Run("a number that no campaign has is refused", func(t *testing.T) {
		f := newFloor(t, two)
		c := f.contact("maria", "hello")
		c.Number = "+1999"
		err := f.refuse(c, queue.ErrUnknownCampaign)
		assert.Equal(t, "no campaign has the number +1999", err.Reason)
	})

	t.Run("a number of another campaign is refused, each by its path", func(t *testing.T) {
		f := newFloor(t, two)
		err := f.refuse(queue.Configure{Campaign: queue.Campaign{ID: "support", Numbers: []string{second, other, number}}}, queue.ErrInvalid)
		var faults queue.Faults
		require.ErrorAs(t, err, &faults)
		assert.Equal(t, queue.Faults{
			{Path: "numbers[0]", Problem: second + ` belongs to campaign "sales"`},
			{Path: "numbers[2]", Problem: number + ` belongs to campaign "sales"`},
		}, faults)
		assert.Equal(t, "sales", f.e.CampaignOf(second))
		assert.Empty(t, f.e.CampaignOf(other), "nothing of a refused configuration counts")
	})
	t.Run("a number that is taken can be told from other faults", func(t *testing.T) {
		f := newFloor(t, two)
		_, err := f.e.Step(f.now, queue.Configure{Campaign: queue.Campaign{ID: "support", Numbers: []string{number}}})
		assert.ErrorIs(t, err, queue.ErrNumberTaken)
	})
	t.Run("a number listed twice is refused", func(t *testing.T) {
		f := newFloor(t)
		err := f.refuse(queue.Configure{Campaign: queue.Campaign{ID: "sales", Numbers: []string{number, number}}}, queue.ErrInvalid)
		assert.ErrorContains(t, err, "numbers[1]: "+number+" is listed twice")
	})
	t.Run("a campaign keeps its own number when it is configured again", func(t *testing.T) {
		f := newFloor(t, two)
		f.configure(two)
		assert.Equal(t, "sales", f.e.CampaignOf(number))
	})
	t.Run("removing a campaign frees its numbers", func(t *testing.T) {
		f := newFloor(t, two)
		f.do(queue.RemoveCampaign{Campaign: "sales"})
		assert.Empty(t, f.e.CampaignOf(number))
		f.configure(queue.Campaign{ID: "support", Numbers: []string{number}})
		assert.Equal(t, "support", f.e.CampaignOf(number))
	})
}

// A number moves to another campaign while interactions are open on it: they go on where
// they are, and everybody new follows the number.
func TestPhoneNumberMoves(t *testing.T) {
	moved := func(t *testing.T) (f *floor, waits string) {
		f = newFloor(t, queue.Campaign{Numbers: []string{number, "+1777"}, Connector: "meta"})
		waits = f.says("maria", "hello")
		f.configure(queue.Campaign{Numbers: []string{"+1777"}, Connector: "meta"})
		f.configure(queue.Campaign{ID: "support", Numbers: []string{number}, Connector: "meta"})
		return f, waits
	}

	t.Run("what waits is served in the campaign it came to", func(t *testing.T) {
		f, id := moved(t)
		f.available("ana")
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		assert.Equal(t, "sales", f.view(id).Campaign)
		assert.Equal(t, "sales", f.last(queue.Answered, id).Campaign)
	})
	t.Run("the customer's next message joins it", func(t *testing.T) {
		f, id := moved(t)
		assert.Equal(t, id, f.says("maria", "still there?"))
		assert.Len(t, f.e.Interactions(""), 1)
	})
	t.Run("the reply goes out from the number the customer knows", func(t *testing.T) {
		f, id := moved(t)
		f.available("ana")
		f.do(queue.Accept{Agent: "ana", Interaction: id})
		f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "hi"}})
		last := f.effects[len(f.effects)-1]
		require.Equal(t, queue.EffectSend, last.Kind)
		assert.Equal(t, number, last.Number)
	})
	t.Run("a new customer goes to the new campaign", func(t *testing.T) {
		f, _ := moved(t)
		assert.Equal(t, "support", f.view(f.says("pedro", "hello")).Campaign)
	})
	t.Run("after the end so does the old one", func(t *testing.T) {
		f, id := moved(t)
		f.do(queue.End{Interaction: id})
		again := f.says("maria", "hello")
		assert.NotEqual(t, id, again)
		assert.Equal(t, "support", f.view(again).Campaign)
	})
	t.Run("a number that was given up still leads to what is open on it, and nowhere else", func(t *testing.T) {
		f := newFloor(t, queue.Campaign{})
		id := f.says("maria", "hello")
		f.configure(queue.Campaign{Numbers: []string{"+1777"}})
		assert.Equal(t, id, f.says("maria", "still there?"))
		f.refuse(f.contact("pedro", "hello"), queue.ErrUnknownCampaign)
		f.do(queue.End{Interaction: id})
		f.refuse(f.contact("maria", "hello"), queue.ErrUnknownCampaign)
	})
	t.Run("our side can no longer begin on it", func(t *testing.T) {
		f, _ := moved(t)
		f.available("ana")
		f.refuse(queue.Start{Campaign: "sales", Agent: "ana", Number: number, Aliases: []string{"phone:pedro"}, Customer: "c-pedro", ID: "x"}, queue.ErrInvalid)
	})
}
