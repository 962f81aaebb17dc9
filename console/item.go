package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
)

// topicNote is the topic of agents' remarks in the journal.
const topicNote = "console.note"

// noteData is a remark.
type noteData struct {
	Agent string `json:"agent,omitempty"`
	By    string `json:"by"`
	Text  string `json:"text"`
}

// itemOf is the line of a conversation that an event is. Deliveries are no lines of their
// own: see moved.
func itemOf(ev *queue.Event) (Item, bool) {
	it := Item{ID: "e" + strconv.FormatUint(ev.Seq, 10), Seq: ev.Seq, At: ev.At, Type: "event", From: "system", Kind: ev.Kind, By: ev.By}
	switch ev.Kind {
	case queue.Opened, queue.Reopened, queue.Received, queue.Refused:
		if ev.Message != nil {
			return fromCustomer(it, ev), true
		}
		it.From, it.Outcome = "customer", string(ev.Outcome)
	case queue.MessageQueued:
		return toCustomer(it, ev), true
	case queue.Started, queue.Parked, queue.Resumed, queue.Finished, queue.Requeued:
		it.Agent, it.Reason = ev.Agent, ev.Reason
	case queue.Answered:
		it.Agent, it.Wait = ev.Agent, ev.Wait.Seconds()
	case queue.Queued:
		it.Reason, it.Campaign = ev.Reason, ev.Campaign
	case queue.Listed, queue.Unlisted:
		it.Agent, it.Reason = ev.Agent, ev.Reason
	case queue.CustomerBlocked:
		it.From, it.Reason = "customer", ev.Reason
	case queue.TransferStarted:
		it.Agent, it.To, it.Until, it.Reason = ev.From, ev.Agent, ev.Until, ev.Reason
	case queue.TransferReturned:
		it.Agent, it.Reason = ev.Agent, ev.Reason
	case queue.TransferDone:
		it.Agent, it.To = ev.From, ev.Agent
	case queue.Moved:
		it.Agent, it.To, it.Campaign, it.Reason = ev.Agent, ev.Campaign, ev.Campaign, ev.Reason
	case queue.Ended:
		it.Outcome, it.Reason = string(ev.Outcome), ev.Reason
	case queue.BotStarted, queue.BotEnded:
		it.From, it.Bot, it.Reason = "bot", ev.Bot, ev.Reason
	case queue.Noted:
		return fromNote(it, ev)
	default:
		return Item{}, false
	}
	return it, true
}

func fromCustomer(it Item, ev *queue.Event) Item {
	it.ID, it.Type, it.From = "m"+strconv.FormatUint(ev.Seq, 10), "message", "customer"
	it.Kind = 0
	it.Message, it.Late = decoded(ev.Message), ev.Late.Seconds()
	it.Media = mediaPath(ev.Interaction, &it)
	return it
}

func toCustomer(it Item, ev *queue.Event) Item {
	it.ID, it.Type, it.Kind = ev.Key, "message", 0
	it.Delivery = string(ev.Delivery)
	switch {
	case ev.Agent != "":
		it.From, it.Agent = "agent", ev.Agent
	case ev.Bot != "":
		it.From, it.Bot = "bot", ev.Bot
	}
	it.Message = decoded(ev.Message)
	it.Media = mediaPath(ev.Interaction, &it)
	return it
}

func fromNote(it Item, ev *queue.Event) (Item, bool) {
	var data noteData
	if ev.Topic != topicNote || json.Unmarshal(ev.Data, &data) != nil {
		return Item{}, false // some other note of the host's
	}
	it.From, it.Agent, it.By, it.Text = "agent", data.Agent, data.By, data.Text
	return it, true
}

// decoded is a message as the page gets it: without the provider's originals and without
// addresses that expire.
func decoded(m *queue.Message) *channel.Message {
	out, err := whole(m)
	if err != nil {
		out = channel.Message{Kind: channel.Unsupported}
	}
	out.Raw, out.Referral = nil, nil
	return &out
}

// whole is a message as the connector had it.
func whole(m *queue.Message) (channel.Message, error) { return usher.Decode(m) }

func mediaPath(interaction string, it *Item) string {
	if it.Message.Media == nil {
		return ""
	}
	it.Message.Media.URL = ""
	return fmt.Sprintf("api/interactions/%s/media/%d", url.PathEscape(interaction), it.Seq)
}

// moved is what became of a message: an item with nothing else.
func moved(ev *queue.Event) Item {
	return Item{
		ProviderID: ev.ProviderID, ID: ev.Key, Seq: ev.Seq, At: ev.At, Type: "message", From: "system", Delivery: string(ev.Delivery),
		Problem: ev.Reason, Code: ev.Code,
	}
}

// items are the lines of a conversation.
func items(events []queue.Event) []Item {
	out := []Item{}
	at := map[string]int{}
	for i := range events {
		ev := &events[i]
		if ev.Kind == queue.MessageMoved {
			if k, ok := at[ev.Key]; ok {
				move(&out[k], moved(ev))
			}
			continue
		}
		if it, ok := itemOf(ev); ok {
			at[it.ID] = len(out)
			out = append(out, it)
		}
	}
	return out
}

// move carries news of a delivery to its message. An old reason does not outlive a success.
func move(it *Item, news Item) {
	it.ProviderID = cmp.Or(news.ProviderID, it.ProviderID)
	if !channel.State(news.Delivery).Supersedes(channel.State(it.Delivery)) && it.Delivery != "" {
		return
	}
	it.Delivery, it.Problem, it.Code = news.Delivery, news.Problem, news.Code
}

// templateText is what a template says with its values: the text of the session's template of
// that name and language, or of its name alone. One that the console does not know says only
// the values.
func (x *call) templateText(use *channel.TemplateRef) string {
	values := templateValues(use.Components)
	text := ""
	for _, t := range x.opts.Templates {
		if t.Name == use.Name && (text == "" || t.Language == use.Language) {
			text = t.Text
		}
	}
	if text == "" {
		return strings.Join(values, " · ")
	}
	var pairs []string
	for i, v := range values {
		pairs = append(pairs, "{{"+strconv.Itoa(i+1)+"}}", v)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// templateValues are the texts that fill in the body of a template.
func templateValues(components json.RawMessage) (values []string) {
	var list []struct {
		Type       string `json:"type"`
		Parameters []struct {
			Text string `json:"text"`
		} `json:"parameters"`
	}
	if json.Unmarshal(components, &list) != nil {
		return nil
	}
	for _, c := range list {
		if strings.EqualFold(c.Type, "body") {
			for _, p := range c.Parameters {
				values = append(values, p.Text)
			}
		}
	}
	return values
}

// shown is an item as the actor sees it. It changes a copy.
func (x *call) shown(it Item) Item {
	it.Names = x.called(it.Agent, it.To, it.By, it.Campaign)
	if it.Message != nil && it.Message.Template != nil {
		it.Text = x.templateText(it.Message.Template)
	}
	if x.opts.Redact == nil {
		return it
	}
	it.Text, it.Problem = x.redact(FieldText, it.Text), x.redact(FieldText, it.Problem)
	if it.Message == nil {
		return it
	}
	m := *it.Message
	m.Text = x.redact(FieldText, m.Text)
	m.Contacts = nil // a list of people in the provider's own form
	if m.Media != nil {
		media := *m.Media
		media.Filename = x.redact(FieldFilename, media.Filename)
		m.Media = &media
	}
	if m.Location != nil {
		m.Location = &channel.Place{Name: x.redact(FieldAddress, m.Location.Name), Address: x.redact(FieldAddress, m.Location.Address)}
	}
	x.redactParts(&m)
	it.Message = &m
	return it
}

// redactParts sees to what is in a provider's own form, and to menus.
func (x *call) redactParts(m *channel.Message) {
	if m.Template != nil {
		t := *m.Template
		t.Components = nil
		m.Template = &t
	}
	if m.Answer != nil {
		a := *m.Answer
		a.Data = nil
		m.Answer = &a
	}
	if m.Menu == nil {
		return
	}
	menu := *m.Menu
	menu.Header, menu.Footer = x.redact(FieldText, menu.Header), x.redact(FieldText, menu.Footer)
	menu.Options = slices.Clone(menu.Options)
	for i := range menu.Options {
		o := &menu.Options[i]
		o.Title, o.Description = x.redact(FieldText, o.Title), x.redact(FieldText, o.Description)
	}
	m.Menu = &menu
}
