package bot

import (
	"context"
	"time"

	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/settings"
)

// Bot takes turns in conversations. It is called from many goroutines, for one
// interaction never twice at a time. A turn may be asked for again under the same
// [Session.Key] after a crash; a bot with effects of its own uses the key to have them
// once. An error, a panic, or no answer before ctx ends lets the interaction go on to the
// default of its phase.
type Bot interface {
	Turn(ctx context.Context, s Session) (Reply, error)
}

// Func is a function that is a [Bot].
type Func func(ctx context.Context, s Session) (Reply, error)

// Turn calls f.
func (f Func) Turn(ctx context.Context, s Session) (Reply, error) { return f(ctx, s) }

// Phase is what a bot is there for.
type Phase string

// The phases.
const (
	Start    Phase = "start"    // the interaction has just opened
	End      Phase = "end"      // the agent has finished
	Waiting  Phase = "waiting"  // the longest time in the queue has passed
	Overflow Phase = "overflow" // the queue was full, or an overflow step called the bot
)

// Session is one turn's view of a conversation. Its JSON is what [Webhook] sends.
type Session struct {
	Key          string            `json:"key"`                    // stays the same when this turn is asked for again
	Interaction  string            `json:"interaction"`            //
	Campaign     string            `json:"campaign"`               //
	Customer     string            `json:"customer,omitempty"`     // the center's id of the customer
	CustomerName string            `json:"customerName,omitempty"` // as the customer's profile says; hostile text like any other
	Number       string            `json:"number,omitempty"`       // the business number written to, in E.164
	Channel      string            `json:"channel,omitempty"`      // such as "whatsapp"
	Phase        Phase             `json:"phase"`                  //
	Turn         int               `json:"turn"`                   // 0 is the first of this session
	Vars         map[string]string `json:"vars,omitempty"`         // of the interaction; a copy
	Now          time.Time         `json:"now"`                    // by the center's clock
	// Input is what the customer wrote: on the first turn of [Start] what opened the
	// interaction, on other first turns nil.
	Input *channel.Message `json:"input,omitempty"`
}

// Reply is a bot's answer to one turn. Its JSON is what [Webhook] reads.
type Reply struct {
	// Messages are sent in order. A center drops them if the bot has lost the
	// interaction meanwhile.
	Messages []channel.Message `json:"messages,omitempty"`
	// Set changes variables of the interaction; an empty value deletes. They last as
	// long as the interaction, for later turns, other bots and agents alike.
	Set  map[string]string `json:"set,omitempty"`
	Next Next              `json:"next,omitzero"`
}

// Next says what happens after a turn. The zero value waits for the customer.
type Next struct {
	Action   Action           `json:"action,omitempty"`
	Target   string           `json:"target,omitempty"`   // the agent of [Agent], the campaign of [Campaign]
	Priority *int             `json:"priority,omitempty"` // what the interaction asks for from now on; nil = as it is
	Skills   []settings.Skill `json:"skills,omitempty"`   // beside the campaign's own; nil = as it is, empty = those alone
}

// Action is what a bot wants to happen.
type Action string

// The actions.
const (
	Wait     Action = ""         // the bot goes on when the customer writes; "wait" means the same
	Queue    Action = "queue"    // to the campaign's queue
	Agent    Action = "agent"    // to the queue, for the agent in Target first
	Campaign Action = "campaign" // to the queue of the campaign in Target
	Finish   Action = "end"      // the interaction ends
)
