package usher

import (
	"context"
	"encoding/json"
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
	default:
		c.show(ctx, f)
	}
}

const defaultSendTimeout = 30 * time.Second

// send hands a message to its connector.
func (c *Center) send(ctx context.Context, f queue.Effect) (result queue.Sent) {
	result = queue.Sent{Interaction: f.Interaction, Key: f.Key}
	defer func() {
		if r := recover(); r != nil {
			result.Result, result.Reason = queue.SendAmbiguous, fmt.Sprintf("connector panicked: %v", r)
		}
	}()
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
	ctx, cancel := context.WithTimeout(ctx, c.sendTimeout())
	defer cancel()
	receipt, err := conn.Send(ctx, channel.Outbound{Key: f.Key, From: f.Number, To: channel.Alias(f.Address), Message: m})
	if err != nil {
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

// tellDesk gives the desk its time; a call that does not come back is left to itself.
func (c *Center) tellDesk(ctx context.Context, f queue.Effect) error {
	ctx, cancel := context.WithTimeout(ctx, c.sendTimeout())
	defer cancel()
	done := make(chan error, 1)
	c.crew.run(func() { done <- unpanicked("desk", func() error { return c.opts.Desk.Offer(ctx, f) }) })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("usher: the desk did not come back: %w", context.Cause(ctx))
	}
}

// unpanicked calls what is the host's; a panic in it is an error.
func unpanicked(what string, call func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("usher: %s panicked: %v", what, r)
		}
	}()
	return call()
}

// turn asks a bot. One that does not come back is left to itself when its time is up, so
// that it delays nobody else.
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
	ctx, cancel := context.WithTimeout(ctx, c.botTimeout(f.Campaign))
	defer cancel()
	done := make(chan turned, 1)
	c.crew.run(func() { done <- takeTurn(ctx, b, session) })
	select {
	case <-ctx.Done():
		reply.Failed = "no answer in time"
		return reply
	case r := <-done:
		if r.err != nil {
			c.log.Warn("usher: bot", "bot", f.Bot, "interaction", f.Interaction, "error", r.err)
			reply.Failed = r.err.Error()
			return reply
		}
		return replied(reply, r.reply)
	}
}

type turned struct {
	reply bot.Reply
	err   error
}

func takeTurn(ctx context.Context, b bot.Bot, s bot.Session) (out turned) {
	out.err = unpanicked("bot", func() (err error) {
		if out.reply, err = b.Turn(ctx, s); err != nil {
			return err
		}
		return out.reply.Validate()
	})
	return out
}

func (c *Center) botTimeout(campaign string) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	cfg, _ := c.engine.CampaignConfig(campaign)
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
	if conn := c.connectors[f.Connector]; conn != nil {
		s.Channel = conn.Channel()
	}
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
	m.ID, m.Time = "", time.Time{}
	if m.Kind == channel.Text && m.ReplyTo == "" && !m.Forwarded && m.Referral == nil {
		q.Text = m.Text
		return q
	}
	q.Text = m.Text
	q.Body, _ = json.Marshal(m) // plain data always marshals
	return q
}
