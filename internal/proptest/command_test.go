package proptest

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/usher-go/usher/queue"
)

// command draws the next thing that happens. It looks at the state only to make most
// commands sensible; a part is not, on purpose.
func (w *world) command() queue.Command {
	t := w.t
	agent := agentID(rapid.IntRange(0, agents-1).Draw(t, "agent"))
	in := w.someInteraction()
	switch rapid.IntRange(0, 31).Draw(t, "command") {
	case 0, 1, 2, 3, 4:
		return w.arrive()
	case 5, 6, 7:
		return queue.AgentState{Agent: agent, State: pick(t, "state", queue.Available, queue.Available, queue.Available, queue.Paused, queue.Offline),
			Requeue: rapid.IntRange(0, 4).Draw(t, "requeue") == 0, AfterWork: rapid.IntRange(0, 4).Draw(t, "after") == 0}
	case 8, 9:
		if in.Offered != "" {
			return queue.Accept{Agent: in.Offered, Interaction: in.ID}
		}
		return queue.Accept{Agent: agent, Interaction: in.ID}
	case 10:
		return queue.Decline{Agent: in.Offered, Interaction: in.ID}
	case 11:
		return queue.OfferFailed{Agent: in.Offered, Interaction: in.ID, Reason: "gone"}
	case 12:
		return queue.Take{Agent: agent, Interaction: in.ID, Override: rapid.IntRange(0, 9).Draw(t, "override") == 0}
	case 13:
		return queue.Assign{Agent: agent, Interaction: in.ID, By: "boss", Override: rapid.IntRange(0, 9).Draw(t, "override") == 0}
	case 14:
		return queue.Transfer{Interaction: in.ID, Agent: in.Agent, ToAgent: agent, Override: rapid.IntRange(0, 9).Draw(t, "override") == 0}
	case 15:
		return queue.Transfer{Interaction: in.ID, Agent: in.Agent, ToCampaign: pick(t, "to", campaigns...), Blocked: w.verdict()}
	case 16, 17:
		return queue.Finish{Interaction: in.ID, Agent: in.Agent}
	case 18:
		return pick[queue.Command](t, "park", queue.Park{Interaction: in.ID, Agent: in.Agent}, queue.Resume{Interaction: in.ID, Agent: in.Agent},
			queue.CancelTransfer{Interaction: in.ID, Agent: in.Agent})
	case 19:
		return pick[queue.Command](t, "end", queue.Leave{Interaction: in.ID}, queue.End{Interaction: in.ID, By: "boss"}, queue.End{Interaction: in.ID, By: "boss", Blacklisted: true}, queue.Requeue{Interaction: in.ID, By: "boss"},
			queue.Move{Interaction: in.ID, Campaign: pick(t, "to", campaigns...), By: "boss", Blocked: w.verdict()})
	case 20:
		p := rapid.IntRange(-1, 3).Draw(t, "priority")
		list := skills(t, 2)
		return queue.Reprioritize{Interaction: in.ID, Priority: &p, Skills: &list}
	case 21:
		return pick[queue.Command](t, "agent", queue.AgentCall{Agent: agent, OnCall: true}, queue.AgentCall{Agent: agent}, queue.Heartbeat{Agent: agent},
			queue.WrapUp{Agent: agent, For: 5 * s}, queue.WrapUp{Agent: agent})
	case 22, 23:
		return w.answerEffect()
	case 24:
		w.key++
		return queue.Send{Interaction: in.ID, Agent: in.Agent, Message: queue.Message{Text: "hi", Template: rapid.Bool().Draw(t, "template")}, Dedup: fmt.Sprint(w.key / 2)}
	case 25:
		return w.startOut(agent)
	case 26:
		id := pick(t, "campaign", campaigns...)
		return queue.Configure{Campaign: campaignConfig(t, id)}
	case 27:
		return queue.SetVars{Interaction: in.ID, Vars: map[string]string{"k": pick(t, "value", "", "x")}}
	case 28:
		a, _ := w.someone()
		b, _ := w.someone()
		return queue.Identify{Old: a, New: b}
	case 29:
		// Rarely, and it comes back with the next ConfigureAgent: without agents nothing happens.
		if rapid.IntRange(0, 3).Draw(t, "really") == 0 {
			return queue.RemoveAgent{Agent: agent, By: "boss"}
		}
		return queue.RemoveCampaign{Campaign: pick(t, "remove", campaigns...)}
	case 30:
		return w.erase()
	default:
		i := rapid.IntRange(0, agents-1).Draw(t, "i")
		return queue.ConfigureAgent{Agent: agentConfig(t, i)}
	}
}

// verdict draws what a blacklist says.
func (w *world) verdict() *queue.Block {
	if rapid.IntRange(0, 3).Draw(w.t, "listed") > 0 {
		return nil
	}
	return &queue.Block{Reason: "abuse"}
}

func (w *world) someInteraction() queue.InteractionView {
	list := w.engine.Interactions("")
	if len(list) == 0 {
		return queue.InteractionView{ID: "nothing"}
	}
	return list[rapid.IntRange(0, len(list)-1).Draw(w.t, "interaction")]
}

// erase forgets one customer, with all that has ended of theirs.
func (w *world) erase() queue.Command {
	list := w.engine.Snapshot().Customers
	if len(list) == 0 {
		return queue.Erase{Customers: []string{"nobody"}, By: "boss"}
	}
	c := list[rapid.IntRange(0, len(list)-1).Draw(w.t, "erased")]
	e := queue.Erase{Customers: []string{c.ID}, By: "boss"}
	for _, p := range c.Lasts {
		e.Interactions = append(e.Interactions, p.Interaction)
	}
	return e
}

func (w *world) someone() (aliases []string, customer string) {
	n := rapid.IntRange(0, 24).Draw(w.t, "customer")
	phone, user := fmt.Sprintf("phone:34600%03d", n), fmt.Sprintf("user:ES.%d", n)
	return pick(w.t, "aliases", []string{phone}, []string{user}, []string{phone, user}), fmt.Sprintf("c%d-%d", n, w.count)
}

func (w *world) arrive() queue.Command {
	t := w.t
	w.count++
	aliases, customer := w.someone()
	m := &queue.Message{ID: fmt.Sprintf("m%d", rapid.IntRange(w.count-1, w.count).Draw(t, "message")), At: w.now, Text: pick(t, "text", "hello", "hello", "cancel")}
	m.Silent = rapid.IntRange(0, 9).Draw(t, "silent") == 0
	c := queue.Arrive{Number: "+1" + pick(t, "campaign", campaigns...), Aliases: aliases, Customer: customer, ID: fmt.Sprintf("i%d", w.count), Message: m}
	if rapid.IntRange(0, 9).Draw(t, "blocked") == 0 {
		c.Blocked = &queue.Block{Reason: "rude"}
	}
	if rapid.IntRange(0, 3).Draw(t, "asks") == 0 {
		p := rapid.IntRange(0, 3).Draw(t, "priority")
		c.Priority, c.Skills, c.Cost = &p, skills(t, 2), rapid.IntRange(1, 2).Draw(t, "cost")
	}
	if rapid.IntRange(0, 5).Draw(t, "prefers") == 0 {
		c.PreferFor = 15 * s
		for range 2 {
			c.Preferred = append(c.Preferred, queue.Preferred{Agent: agentID(rapid.IntRange(0, agents).Draw(t, "preferred")), Score: rapid.IntRange(0, 2).Draw(t, "score")})
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "no alias") == 0 {
		c.Aliases, c.Customer, c.Message = nil, "", nil
	}
	return c
}

func (w *world) startOut(agent string) queue.Command {
	w.count++
	aliases, customer := w.someone()
	c := queue.Start{Campaign: pick(w.t, "campaign", campaigns...), Agent: agent, Aliases: aliases, Customer: customer, ID: fmt.Sprintf("i%d", w.count),
		Message: &queue.Message{Text: "hello", Template: rapid.Bool().Draw(w.t, "template")}, Override: rapid.IntRange(0, 9).Draw(w.t, "override") == 0}
	if rapid.IntRange(0, 5).Draw(w.t, "blocked") == 0 {
		c.Blocked = &queue.Block{Reason: "asked not to be called"}
	}
	return c
}

// answerEffect answers one of the pending effects, sometimes late or wrongly.
func (w *world) answerEffect() queue.Command {
	t := w.t
	pending := w.engine.Pending()
	var list []queue.Effect
	for _, f := range pending {
		if f.Kind != queue.EffectOffer {
			list = append(list, f)
		}
	}
	if len(list) == 0 {
		return queue.Receipt{Number: "+1sales", ProviderID: fmt.Sprintf("p%d", rapid.IntRange(0, w.key).Draw(t, "old")), State: pick(t, "state", queue.MessageDelivered, queue.MessageRead)}
	}
	f := list[rapid.IntRange(0, len(list)-1).Draw(t, "effect")]
	w.key++
	if f.Kind == queue.EffectSend {
		if rapid.IntRange(0, 4).Draw(t, "receipt") == 0 {
			return queue.Receipt{Key: f.Key, Number: f.Number, ProviderID: fmt.Sprintf("p%d", w.key), State: pick(t, "state", queue.MessageSent, queue.MessageFailed, queue.MessageDelivered)}
		}
		return queue.Sent{Interaction: f.Interaction, Key: f.Key, ProviderID: fmt.Sprintf("p%d", w.key),
			Result: pick(t, "result", queue.SendAccepted, queue.SendAccepted, queue.SendRetry, queue.SendFailed, queue.SendAmbiguous)}
	}
	if f.Kind == queue.EffectCheck {
		return queue.Verdict{Interaction: f.Interaction, Campaign: f.Campaign, Check: f.Seq - uint64(rapid.IntRange(0, 9).Draw(t, "stale")/9), Blocked: w.verdict()}
	}
	r := queue.BotReply{Interaction: f.Interaction, Blocked: w.verdict(), Session: f.Session, Turn: f.Turn,
		Next:   pick(t, "next", queue.BotWait, queue.BotWait, queue.BotQueue, queue.BotQueue, queue.BotAgent, queue.BotCampaign, queue.BotEnd),
		Target: agentID(rapid.IntRange(0, agents-1).Draw(t, "target"))}
	if r.Next == queue.BotCampaign {
		r.Target = pick(t, "to", campaigns...)
	}
	switch rapid.IntRange(0, 9).Draw(t, "odd") {
	case 0:
		r.Failed = "panic"
	case 1:
		r.Turn++
	case 2:
		list := skills(t, 2)
		r.Messages, r.Set, r.Skills = []queue.Message{{Text: "one"}, {Text: "two"}}, map[string]string{"k": "v"}, &list
	}
	return r
}

// pass lets time go by: mostly little, sometimes a night if nobody is waiting.
func (w *world) pass() {
	w.now = w.now.Add(pick(w.t, "pass", 0, 0, time.Millisecond, s, 3*s, 10*s, 30*s, 30*s, 2*time.Minute, 2*time.Minute))
	if rapid.IntRange(0, 31).Draw(w.t, "long") == 0 {
		long := 15 * time.Minute
		if len(w.engine.Interactions("")) == 0 {
			long = 11 * time.Hour
		}
		w.now = w.now.Add(long)
	}
}
