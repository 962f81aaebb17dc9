package console

import (
	"encoding/json"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
)

const (
	maxText    = 4096 // characters of a WhatsApp text
	maxCaption = 1024
	maxNote    = 4000 // bytes
)

// send writes to the customer, once per key whatever the line does.
func (c *Console) send(x *call) (any, error) {
	body := x.body.(*SendBody)
	if body.Version == 0 {
		return nil, invalid("version is required: that of the conversation as you see it")
	}
	s, err := x.own()
	if err != nil {
		return nil, err
	}
	token := x.actor.ID + " " + x.key
	if sent, err := x.sentBefore(&s, body.Version, token); sent {
		return x.done(s.id)
	} else if err != nil {
		return nil, err
	}
	m, err := x.compose(&body.Message, s.campaign())
	if err != nil {
		return nil, err
	}
	if err := c.center.Send(x.r.Context(), usher.Reply{
		Interaction: s.id, Agent: x.actor.Agent, Message: m, Dedup: token,
	}); err != nil {
		return nil, err
	}
	return x.done(s.id)
}

// resend sends a message that failed once more.
func (c *Console) resend(x *call) (any, error) {
	s, err := x.own()
	if err != nil {
		return nil, err
	}
	if err := c.center.Resend(x.r.Context(), s.id, x.actor.Agent, x.body.(*ResendBody).Key); err != nil {
		return nil, err
	}
	return x.done(s.id)
}

// sentBefore reports whether this very message is in the journal already: sent again after
// a restart it is no new wish, even if the customer has written meanwhile. Otherwise the
// error says if the conversation has gone on.
func (x *call) sentBefore(s *subject, version uint64, token string) (bool, error) {
	if s.sum.Said <= version {
		return false, nil
	}
	events, err := x.center.Transcript(x.r.Context(), s.id)
	if err != nil {
		return false, err
	}
	for i := range events {
		if events[i].Kind == queue.MessageQueued && events[i].Topic == token {
			return true, nil
		}
	}
	return false, x.outdated(s, version, events)
}

// compose makes a message of what the page sent, and refuses what no provider takes.
func (x *call) compose(o *Outgoing, campaign string) (channel.Message, error) {
	m := channel.Message{Kind: o.Kind, Text: o.Text, ReplyTo: o.ReplyTo}
	if !utf8.ValidString(o.Text) {
		return m, invalid("message.text is not valid UTF-8")
	}
	switch o.Kind {
	case channel.Text:
		return m, textFits(o.Text, maxText, true)
	case channel.Image, channel.Video, channel.Audio, channel.Document, channel.Sticker:
		if o.Media == nil || (o.Media.ID == "") == (o.Media.URL == "") {
			return m, invalid("message.media must have either the id of an uploaded file or a url")
		}
		if u, err := url.Parse(o.Media.URL); o.Media.URL != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
			return m, invalid("message.media.url must be an https address")
		}
		m.Media = o.Media
		return m, textFits(o.Text, maxCaption, false)
	case channel.Template:
		return x.template(o.Template, campaign)
	case channel.Interactive:
		if o.Menu == nil || len(o.Menu.Options) == 0 {
			return m, invalid("message.menu.options must have at least one option")
		}
		m.Menu = o.Menu
		return m, textFits(o.Text, maxText, true)
	}
	return m, invalid("message.kind must be text, image, video, audio, document, sticker, template or interactive, is %q", o.Kind)
}

func textFits(text string, most int, needed bool) error {
	switch n := utf8.RuneCountInString(text); {
	case needed && strings.TrimSpace(text) == "":
		return invalid("message.text must not be empty")
	case n > most:
		return invalid("message.text may have %d characters, has %d", most, n)
	}
	return nil
}

// template fills in one of the host's templates, in the form Meta takes.
func (x *call) template(use *TemplateUse, campaign string) (channel.Message, error) {
	m := channel.Message{Kind: channel.Template}
	if use == nil {
		return m, invalid("message.template is required")
	}
	for _, t := range x.opts.Templates {
		if t.Name != use.Name || t.Language != use.Language || len(t.Campaigns) > 0 && !contains(t.Campaigns, campaign) {
			continue
		}
		if len(use.Params) != t.Params {
			return m, invalid("message.template.params: %q takes %d, there are %d", t.Name, t.Params, len(use.Params))
		}
		return filled(use)
	}
	return m, invalid("message.template: %q in %q is not among the templates of the session", use.Name, use.Language)
}

func filled(use *TemplateUse) (channel.Message, error) {
	ref := &channel.TemplateRef{Name: use.Name, Language: use.Language}
	if len(use.Params) > 0 {
		type param struct {
			Type string `json:"type"`
			Text string `json:"text"`
		}
		list := []param{}
		for i, p := range use.Params {
			if strings.TrimSpace(p) == "" || utf8.RuneCountInString(p) > maxCaption {
				return channel.Message{}, invalid("message.template.params[%d] must be 1 to %d characters", i, maxCaption)
			}
			list = append(list, param{"text", p})
		}
		ref.Components, _ = json.Marshal([]any{map[string]any{"type": "body", "parameters": list}}) // plain data always marshals
	}
	return channel.Message{Kind: channel.Template, Template: ref}, nil
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
