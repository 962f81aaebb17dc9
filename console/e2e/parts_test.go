package e2e_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/console/e2e"
	"github.com/usher-go/usher/queue"
)

const john = "16505551234"

// talk opens a conversation of John's on Ana's desk.
func talk(t *testing.T) (*house, *e2e.Page, string) {
	t.Helper()
	h := open(t, e2e.Options{})
	h.do(h.Available(t.Context(), "ana"))
	h.do(h.Say(t.Context(), john, "John", e2e.SalesNumber, "hello"))
	ana := h.person("ana", "#/desk")
	h.do(ana.Click(e2e.Button, "Accept"))
	h.do(ana.Until("document.querySelector('.composer textarea')"))
	return h, ana, h.Center.Interactions("")[0].ID
}

// hear lets John send a message, and returns the provider's id of it.
func (h *house) hear(m channel.Message) string {
	h.t.Helper()
	sent, err := h.Line.Say(h.t.Context(), h.Center, john, "John", e2e.SalesNumber, m)
	h.do(err)
	return sent.ID
}

// said returns JavaScript that is true when the last message in the thread shows all texts.
func said(texts ...string) string {
	list, _ := json.Marshal(texts)
	return fmt.Sprintf("(() => { const m = [...document.querySelectorAll('.msg')].at(-1)?.innerText || ''; return %s.every((x) => m.includes(x)); })()", list)
}

func TestATemplateShowsItsTextAndValues(t *testing.T) {
	h, ana, id := talk(t)
	h.do(ana.Click("button", "Send a template"))
	h.do(ana.Fill("Value 1", "John"))
	h.do(ana.Fill("Value 2", "48213"))
	h.do(ana.Click("dialog .foot button", "Send"))
	h.do(ana.Until("document.querySelector('.msg.out [aria-label=\"Sent\"], .msg.out [aria-label=\"Delivered\"], .msg.out [aria-label=\"Accepted\"]')"))
	h.do(ana.Until(said("Hello John, your order 48213 is ready.", "order_ready")))
	h.do(ana.Reload())
	h.do(ana.Until(said("Hello John, your order 48213 is ready.")))
	h.do(ana.Until("document.querySelector('.conv .pv').innerText === 'You: Hello John, your order 48213 is ready.'"))
	// One of the host's own, which the console does not know: its values at least.
	components := `[{"type":"body","parameters":[{"type":"text","text":"Tuesday"},{"type":"text","text":"{{1}}"}]}]`
	h.do(h.Center.Send(t.Context(), usher.Reply{Interaction: id, Agent: "ana", Message: channel.Message{
		Kind: channel.Template, Template: &channel.TemplateRef{Name: "visit", Language: "en", Components: json.RawMessage(components)},
	}}))
	h.do(ana.Until(said("visit", "Tuesday · {{1}}")))
}

func TestAMenuShowsItsChoices(t *testing.T) {
	h, ana, id := talk(t)
	send := func(m channel.Menu) {
		h.do(h.Center.Send(t.Context(), usher.Reply{Interaction: id, Agent: "ana", Message: channel.Message{Kind: channel.Interactive, Text: "What is it about?", Menu: &m}}))
	}
	send(channel.Menu{Header: "Welcome", Footer: "Answer at any time", Options: []channel.Option{{ID: "1", Title: "An order"}, {ID: "2", Title: "A complaint"}}})
	h.do(ana.Until(said("Welcome", "What is it about?", "Answer at any time", "An order", "A complaint")))
	send(channel.Menu{Button: "Departments", Options: []channel.Option{{ID: "1", Title: "Desks", Description: "Oak and pine", Section: "Furniture"}, {ID: "2", Title: "Lamps", Section: "Light"}}})
	h.do(ana.Until(said("Departments", "Furniture", "Desks", "Oak and pine", "Light", "Lamps")))
	h.hear(channel.Message{Kind: channel.Answer, Text: "Desks", Answer: &channel.AnswerRef{ID: "1", Description: "Oak and pine", Source: "list"}})
	h.do(ana.Until(said("Choice", "Desks", "Oak and pine")))
}

func TestASharedContactShowsItsNumbers(t *testing.T) {
	h, ana, _ := talk(t)
	h.hear(channel.Message{Kind: channel.Contacts, Contacts: json.RawMessage(`[
		{"name":{"formatted_name":"Rosa Diaz","first_name":"Rosa"},"phones":[{"phone":"+34 600 111 222","type":"CELL"},{"wa_id":"34600333444"}],"emails":[{"email":"rosa@example.com","type":"WORK"}],"org":{"company":"Diaz & Sons"}},
		{"phones":[{"phone":"+14155550100"}]}, null, 7]`)})
	h.do(ana.Until(said("Rosa Diaz", "+34 600 111 222", "+34 600 33 3444", "rosa@example.com", "Diaz & Sons", "+1 415 555 0100")))
	h.do(ana.Until("document.querySelector('.conv .pv').innerText.startsWith('Rosa Diaz')"))
}

func TestAFormShowsItsAnswers(t *testing.T) {
	h, ana, _ := talk(t)
	h.hear(channel.Message{Kind: channel.Answer, Text: "Sent", Answer: &channel.AnswerRef{Source: "form", Data: json.RawMessage(`{"flow_token":"secret","delivery_day":"Friday","extras":["candles","card"],"guests":4}`)}})
	h.do(ana.Until(said("Form", "delivery day", "Friday", "extras", "candles, card", "guests", "4")))
	h.do(ana.Hides("secret"))
}

func TestAReactionShowsItsEmojiAndToWhat(t *testing.T) {
	h, ana, id := talk(t)
	mine := h.hear(channel.TextMessage("The desk is lovely"))
	h.do(ana.Until(said("The desk is lovely")))
	h.hear(channel.Message{Kind: channel.Reaction, Reaction: &channel.ReactionRef{MessageID: mine, Emoji: "❤️"}})
	h.do(ana.Until(said("❤", "Customer", "The desk is lovely")))
	h.hear(channel.Message{Kind: channel.Reaction, Reaction: &channel.ReactionRef{MessageID: h.answered(id, "See you on Friday"), Emoji: "👍"}})
	h.do(ana.Until(said("👍", "Ana Lima", "See you on Friday")))
	h.hear(channel.Message{Kind: channel.Reaction, Reaction: &channel.ReactionRef{MessageID: mine}})
	h.do(ana.Until(said("Reaction removed", "The desk is lovely")))
}

// answered sends a text as Ana and returns the provider's id of it.
func (h *house) answered(interaction, text string) string {
	h.t.Helper()
	sub := h.Center.Subscribe(0, queue.MessageMoved)
	defer sub.Close()
	h.do(h.Center.Send(h.t.Context(), usher.Reply{Interaction: interaction, Agent: "ana", Message: channel.TextMessage(text)}))
	for {
		ev, err := sub.Next(h.t.Context())
		h.do(err)
		if ev.ProviderID != "" {
			return ev.ProviderID
		}
	}
}

func TestAnAnswerShowsWhatItQuotes(t *testing.T) {
	h, ana, id := talk(t)
	asked := h.answered(id, "Oak or pine?")
	h.hear(channel.Message{Kind: channel.Text, Text: "This one", ReplyTo: asked})
	h.do(ana.Until(said("Ana Lima", "Oak or pine?", "This one")))
	h.do(ana.Reload())
	h.do(ana.Until(said("Ana Lima", "Oak or pine?", "This one")))
	h.hear(channel.Message{Kind: channel.Text, Text: "and that", ReplyTo: "of last year", Forwarded: true})
	h.do(ana.Until(said("Forwarded", "An earlier message", "and that")))
	edited := h.hear(channel.TextMessage("Ok"))
	h.hear(channel.Message{Kind: channel.Edit, Text: "Oak", ReplyTo: edited})
	h.do(ana.Until(said("Edited", "Ok", "Oak")))
}

func TestAnOrderShowsItsItems(t *testing.T) {
	h, ana, _ := talk(t)
	h.hear(channel.Message{Kind: channel.Order, Text: "please wrap it", Order: &channel.OrderRef{Items: []channel.OrderItem{
		{Product: "desk-7", Quantity: 2, Price: 310.5, Currency: "EUR"}, {Product: "lamp-1", Quantity: 1, Price: 29, Currency: "EUR"},
	}}})
	h.do(ana.Until(said("Order", "2 ×", "desk-7", "€310.50", "lamp-1", "€29.00", "Total", "€650.00", "please wrap it")))
}
