package usher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
)

// perform does what the engine asks for and tells it the result.
func (c *Center) perform(ctx context.Context, f queue.Effect) {
	switch f.Kind {
	case queue.EffectSend:
		c.answer(ctx, f, c.send(ctx, f))
	case queue.EffectBot:
		reply := c.turn(ctx, f)
		if ctx.Err() != nil && reply.Failed != "" {
			return // cut off by the end of the run, not by its time: it is asked again
		}
		c.answer(ctx, f, reply)
	case queue.EffectCheck:
		if ctx.Err() == nil { // else it is asked again
			c.answer(ctx, f, queue.Verdict{Interaction: f.Interaction, Campaign: f.Campaign, Check: f.Seq})
		}
	default:
		c.show(ctx, f)
	}
}

const defaultSendTimeout = 30 * time.Second

// send hands a message to its connector.
func (c *Center) send(ctx context.Context, f queue.Effect) queue.Sent {
	result := queue.Sent{Interaction: f.Interaction, Key: f.Key}
	conn := c.connectors[f.Connector]
	m, err := outbound(f.Message)
	switch {
	case conn == nil:
		result.Result, result.Reason = queue.SendFailed, "unknown connector "+f.Connector
		return result
	case err != nil:
		result.Result, result.Reason = queue.SendFailed, err.Error()
		return result
	}
	receipt, err := calling(ctx, c, "connector "+f.Connector, c.sendTimeout(), func(ctx context.Context) (channel.Receipt, error) {
		return conn.Send(ctx, channel.Outbound{Key: f.Key, From: f.Number, To: channel.Alias(f.Address), Message: m})
	})
	switch {
	case errors.Is(err, errAbandoned): // it was not called
		result.Result, result.Reason = queue.SendRetry, err.Error()
		return result
	case err != nil:
		c.logHook(err, "interaction", f.Interaction)
		return sendFailed(result, err)
	}
	result.Result, result.ProviderID, result.Aliases = queue.SendAccepted, receipt.MessageID, texts(receipt.Aliases)
	return result
}

func (c *Center) sendTimeout() time.Duration {
	if c.opts.SendTimeout > 0 {
		return c.opts.SendTimeout
	}
	return defaultSendTimeout
}

// outbound is the message as connectors know it.
func outbound(m *queue.Message) (channel.Message, error) {
	if len(m.Body) == 0 {
		return channel.TextMessage(m.Text), nil
	}
	var out channel.Message
	if err := json.Unmarshal(m.Body, &out); err != nil {
		return out, fmt.Errorf("usher: message body: %w", err)
	}
	return out, nil
}

// sendFailed says what the engine may do about an error.
func sendFailed(result queue.Sent, err error) queue.Sent {
	result.Reason = err.Error()
	if se := asSendError(err); se != nil {
		result.Code, result.RetryAfter = se.Code, se.RetryAfter
	}
	switch channel.ClassOf(err) {
	case channel.Retry:
		result.Result = queue.SendRetry
	case channel.Ambiguous:
		result.Result = queue.SendAmbiguous
	case channel.WindowClosed:
		result.Result = queue.SendWindowClosed
	case channel.Stopped:
		result.Result = queue.SendStopped
	default:
		result.Result = queue.SendFailed
	}
	return result
}

func texts(list []channel.Alias) []string {
	var out []string
	for _, a := range list {
		out = append(out, string(a))
	}
	return out
}

// show tells the desk. Only an offer that cannot be shown has a consequence.
func (c *Center) show(ctx context.Context, f queue.Effect) {
	if c.opts.Desk == nil {
		return
	}
	err := c.tellDesk(ctx, f)
	if err == nil {
		return
	}
	if f.Kind == queue.EffectOffer && ctx.Err() == nil {
		c.answer(ctx, f, queue.OfferFailed{Agent: f.Agent, Interaction: f.Interaction, Reason: err.Error()})
		return
	}
	c.log.Warn("usher: desk", "effect", f.Kind, "agent", f.Agent, "interaction", f.Interaction, "error", err)
}

// tellDesk calls the desk.
func (c *Center) tellDesk(ctx context.Context, f queue.Effect) error {
	return c.call(ctx, "desk", c.sendTimeout(), func(ctx context.Context) error { return c.opts.Desk.Offer(ctx, f) })
}

// logHook logs a call of the host's code that did not return as it should.
func (c *Center) logHook(err error, args ...any) {
	if he, ok := errors.AsType[*HookError](err); ok {
		c.log.Error("usher: "+he.Hook, append(args, "error", he.Err, "stack", string(he.Stack))...)
	}
}

// turn asks a bot, for at most the campaign's bot timeout.
func (c *Center) turn(ctx context.Context, f queue.Effect) queue.BotReply {
	reply := queue.BotReply{Interaction: f.Interaction, Session: f.Session, Turn: f.Turn}
	b := c.opts.Bots[f.Bot]
	session, err := c.session(f)
	switch {
	case b == nil:
		reply.Failed = "unknown bot " + f.Bot
		return reply
	case err != nil:
		reply.Failed = err.Error()
		return reply
	}
	answer, err := calling(ctx, c, "bot "+f.Bot, c.botTimeout(f.Campaign), func(ctx context.Context) (bot.Reply, error) {
		r, err := b.Turn(ctx, session)
		if err == nil {
			err = r.Validate()
		}
		return r, err
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		reply.Failed = "no answer in time"
	case err != nil:
		c.log.Warn("usher: bot", "bot", f.Bot, "interaction", f.Interaction, "error", err)
		c.logHook(err, "interaction", f.Interaction)
		reply.Failed = err.Error()
	default:
		return replied(reply, answer)
	}
	return reply
}

func (c *Center) botTimeout(campaign string) time.Duration {
	var cfg queue.Campaign
	_ = c.use(func(e *queue.Engine) { cfg, _ = e.CampaignConfig(campaign) })
	if cfg.BotTimeout > 0 {
		return cfg.BotTimeout
	}
	return queue.DefaultBotTimeout
}

// session is the effect as bots know it.
func (c *Center) session(f queue.Effect) (bot.Session, error) {
	s := bot.Session{
		Key: fmt.Sprintf("%s/%d", f.Interaction, f.Seq), Interaction: f.Interaction, Campaign: f.Campaign,
		Customer: f.Customer, CustomerName: f.Name, Number: f.Number, Phase: bot.Phase(f.Phase), Turn: f.Turn,
		Vars: f.Vars, Now: c.now(),
	}
	s.Channel = c.channels[f.Connector]
	if f.Message != nil {
		m, err := outbound(f.Message)
		if err != nil {
			return s, err
		}
		s.Input = &m
	}
	return s, nil
}

// replied is a bot's answer as the engine knows it.
func replied(q queue.BotReply, r bot.Reply) queue.BotReply {
	for _, m := range r.Messages {
		q.Messages = append(q.Messages, inner(m))
	}
	q.Set, q.Target, q.Priority = r.Set, r.Next.Target, r.Next.Priority
	q.Next = queue.BotNext(r.Next.Action)
	if q.Next == "wait" {
		q.Next = queue.BotWait
	}
	if r.Next.Skills != nil {
		skills := []queue.Skill{}
		for _, s := range r.Next.Skills {
			skills = append(skills, queue.Skill{Name: s.Name, Level: s.Level, For: s.For.Duration()})
		}
		q.Skills = &skills
	}
	return q
}

// inner is a message as the engine keeps it: plain text as text, all else as a body.
func inner(m channel.Message) queue.Message {
	q := queue.Message{ID: m.ID, At: m.Time, Template: m.Kind == channel.Template, Silent: !m.Speaks()}
	if m.Template != nil {
		q.Validity = m.Template.Validity.Duration()
	}
	m.ID, m.Time = "", time.Time{}
	if m.Kind == channel.Text && m.ReplyTo == "" && !m.Forwarded && m.Referral == nil {
		q.Text = m.Text
		return q
	}
	q.Text = m.Text
	q.Body, _ = json.Marshal(m) // plain data always marshals
	return q
}
