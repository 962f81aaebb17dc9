package ushertest

import (
	"context"
	"slices"
	"strings"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
)

// Agent is somebody who answers.
type Agent struct {
	c  *Center
	id string
}

// Agent returns an agent of the configuration. One who is not there ends the test.
func (c *Center) Agent(id string) *Agent {
	c.t.Helper()
	var ids []string
	for _, a := range c.config.Agents {
		ids = append(ids, a.ID)
	}
	if !slices.Contains(ids, id) {
		c.t.Fatalf("ushertest: the configuration has no agent %q; there are: %s", id, strings.Join(ids, ", "))
	}
	return &Agent{c: c, id: id}
}

// Available is ready for work.
func (a *Agent) Available() {
	a.c.t.Helper()
	a.c.story.step("%s is available", a.id)
	a.c.do(nil, queue.AgentState{Agent: a.id, State: queue.Available})
}

// Pauses takes a break.
func (a *Agent) Pauses(reason string) {
	a.c.t.Helper()
	a.c.story.step("%s pauses: %s", a.id, reason)
	a.c.do(nil, queue.AgentState{Agent: a.id, State: queue.Paused, Reason: reason})
}

// GoesOffline leaves the desk. Conversations stay with the agent.
func (a *Agent) GoesOffline() {
	a.c.t.Helper()
	a.c.story.step("%s goes offline", a.id)
	a.c.do(nil, queue.AgentState{Agent: a.id, State: queue.Offline})
}

// Accepts takes the offer, or the transfer, that is out.
func (a *Agent) Accepts(x *Customer) {
	a.c.t.Helper()
	a.c.story.step("%s accepts %s", a.id, x.name)
	a.c.do(x, queue.Accept{Agent: a.id, Interaction: x.mustHave()})
}

// Declines refuses it.
func (a *Agent) Declines(x *Customer, reason string) {
	a.c.t.Helper()
	a.c.story.step("%s declines %s: %s", a.id, x.name, reason)
	a.c.do(x, queue.Decline{Agent: a.id, Interaction: x.mustHave(), Reason: reason})
}

// Takes pulls a customer who waits.
func (a *Agent) Takes(x *Customer) {
	a.c.t.Helper()
	a.c.story.step("%s takes %s", a.id, x.name)
	a.c.do(x, queue.Take{Agent: a.id, Interaction: x.mustHave()})
}

// Says writes a text to the customer.
func (a *Agent) Says(x *Customer, text string) {
	a.c.t.Helper()
	a.Sends(x, channel.TextMessage(text))
}

// Sends writes any message to the customer.
func (a *Agent) Sends(x *Customer, m channel.Message) {
	a.c.t.Helper()
	a.c.story.step("%s %s to %s", a.id, content(m), x.name)
	err := a.c.Send(context.Background(), usher.Reply{Interaction: x.mustHave(), Agent: a.id, Message: m})
	a.c.settle()
	if err != nil {
		a.c.fail(x, "refused: %v", err)
	}
}

// Transfers hands the customer to another agent, who may accept or decline.
func (a *Agent) Transfers(x *Customer, to *Agent) {
	a.c.t.Helper()
	a.c.story.step("%s transfers %s to %s", a.id, x.name, to.id)
	a.c.do(x, queue.Transfer{Agent: a.id, Interaction: x.mustHave(), ToAgent: to.id})
}

// TransfersTo hands the customer to another campaign's queue.
func (a *Agent) TransfersTo(x *Customer, campaign string) {
	a.c.t.Helper()
	a.c.story.step("%s transfers %s to campaign %s", a.id, x.name, campaign)
	a.c.do(x, queue.Transfer{Agent: a.id, Interaction: x.mustHave(), ToCampaign: campaign})
}

// Finishes ends the conversation with its outcome for the books, such as "sold".
func (a *Agent) Finishes(x *Customer, disposition string) {
	a.c.t.Helper()
	a.c.story.step("%s finishes with %s: %s", a.id, x.name, disposition)
	a.c.do(x, queue.Finish{Agent: a.id, Interaction: x.mustHave(), Disposition: disposition})
}

// Starts opens a conversation with a customer from the number they write to. Outside
// WhatsApp's window the message must be a template.
func (a *Agent) Starts(x *Customer, m channel.Message) {
	a.c.t.Helper()
	a.c.story.step("%s starts with %s: %s", a.id, x.name, content(m))
	_, err := a.c.Start(context.Background(), usher.Outgoing{
		Campaign: a.c.campaignOf(x.number), Number: x.number, Agent: a.id, To: x.aliases[0], Name: x.name, Message: &m,
	})
	a.c.settle()
	if err != nil {
		a.c.fail(x, "refused: %v", err)
	}
}

// WasOffered checks that the customer is held out to the agent now: as an offer, as a
// transfer, or among those that a pull strategy lets the agent take.
func (a *Agent) WasOffered(x *Customer) {
	a.c.t.Helper()
	if !a.sees(x) {
		a.c.fail(x, "%s was not offered %s: %s", a.id, x.name, x.whereabouts())
	}
}

// WasNotOffered checks the opposite.
func (a *Agent) WasNotOffered(x *Customer) {
	a.c.t.Helper()
	if a.sees(x) {
		a.c.fail(x, "%s was offered %s", a.id, x.name)
	}
}

func (a *Agent) sees(x *Customer) bool {
	v, ok := x.Interaction()
	if !ok {
		return false
	}
	return v.Offered == a.id ||
		slices.ContainsFunc(a.c.Visible(a.id), func(y queue.InteractionView) bool { return y.ID == v.ID })
}

// Is checks what the agent says about being there: a campaign may pause whoever misses
// offers.
func (a *Agent) Is(state queue.State) {
	a.c.t.Helper()
	if v := a.view(); v.State != state {
		a.c.fail(nil, "%s is %s, not %s", a.id, strings.TrimSpace(string(v.State)+" "+v.Reason), state)
	}
}

// IsFree checks that the agent has nobody and is being asked for nobody.
func (a *Agent) IsFree() {
	a.c.t.Helper()
	if v := a.view(); v.Load > 0 {
		a.c.fail(nil, "%s is not free: has %s, is being asked for %s", a.id, a.c.names(v.Has), a.c.names(v.Asked))
	}
}

// view is the agent as the center sees them.
func (a *Agent) view() queue.AgentView {
	for _, v := range a.c.Board(a.c.Now()).Agents {
		if v.ID == a.id {
			return v
		}
	}
	return queue.AgentView{}
}

// campaignOf returns the campaign that has a number.
func (c *Center) campaignOf(number string) string {
	for _, x := range c.config.Campaigns {
		if x.WhatsApp != nil && slices.Contains(x.WhatsApp.PhoneNumbers, number) {
			return x.ID
		}
	}
	return ""
}
