package ushertest

import (
	"fmt"
	"strings"

	"github.com/usher-go/usher/queue"
)

// tell says an event in a few words, "" for those that no story needs.
func (c *Center) tell(ev queue.Event) string {
	text := tellAgent(ev)
	if text == "" {
		if text = tellWay(ev) + tellQueue(ev) + tellBot(ev) + tellMessage(ev); text == "" {
			return tellRest(ev)
		}
		text = c.past.who(ev) + ": " + text
	}
	if rest, deadline := strings.CutPrefix(ev.Cause, "deadline:"); deadline {
		text += " (" + rest + ")"
	}
	return text
}

// tellAgent is for what agents do and what is done to them.
func tellAgent(ev queue.Event) string {
	switch ev.Kind {
	case queue.AgentStated:
		if ev.Cause == "agent state" {
			return "" // the step above has said so
		}
		return join(ev.Agent, "is", string(ev.State), because(ev.Reason))
	case queue.AgentOnCall:
		if ev.Open {
			return ev.Agent + " is on a call"
		}
		return ev.Agent + " hangs up"
	case queue.AgentWrapUp:
		if ev.Until.IsZero() {
			return ev.Agent + " has wrapped up"
		}
		return ev.Agent + " wraps up until " + clockTime(ev.Until)
	case queue.AgentDelayed:
		if ev.Until.IsZero() {
			return ev.Agent + " can be asked again"
		}
		return join(ev.Agent, "is not asked until", clockTime(ev.Until), because(ev.Reason))
	}
	return ""
}

// tellWay is for how conversations begin, move and end.
func tellWay(ev queue.Event) string {
	switch ev.Kind {
	case queue.Opened:
		return "opens in " + ev.Campaign
	case queue.Started:
		return fmt.Sprintf("is written to by %s in %s", ev.Agent, ev.Campaign)
	case queue.Reopened:
		return "is back in " + ev.Campaign
	case queue.Refused:
		return "is refused: " + string(ev.Outcome)
	case queue.CustomerBlocked:
		return join("is blacklisted", because(ev.Reason))
	case queue.Listed:
		return join("is blacklisted;", ev.Agent, "is told", because(ev.Reason))
	case queue.Unlisted:
		return join("is no longer blacklisted", because(ev.Reason))
	case queue.Moved:
		return join("moves from", ev.From, "to", ev.Campaign, because(ev.Reason))
	case queue.Finished:
		return join(ev.Agent, "has finished", because(ev.Reason))
	case queue.Ended:
		return join("ends", string(ev.Outcome), because(ev.Reason))
	case queue.TransferStarted:
		return fmt.Sprintf("%s asks %s until %s", ev.From, ev.Agent, clockTime(ev.Until))
	case queue.TransferReturned:
		return join("returns to", ev.Agent, because(ev.Reason))
	case queue.TransferDone:
		return fmt.Sprintf("goes from %s to %s", ev.From, ev.Agent)
	}
	return ""
}

// tellQueue is for waiting and being asked.
func tellQueue(ev queue.Event) string {
	switch ev.Kind {
	case queue.Queued:
		return join("is queued in", ev.Campaign, because(ev.Reason))
	case queue.Offered:
		return fmt.Sprintf("is offered to %s until %s: %s", ev.Agent, clockTime(ev.Until), explainChoice(ev.Explain))
	case queue.Shown:
		return "is shown to all who may take it"
	case queue.OfferEnd:
		return join("the offer to", ev.Agent, "ends", because(ev.Reason))
	case queue.Answered:
		text := fmt.Sprintf("is answered by %s after %s", ev.Agent, ev.Wait)
		if ev.Explain != nil {
			text += ": " + explainChoice(ev.Explain)
		}
		return text
	case queue.Breached:
		return fmt.Sprintf("has waited longer than the service level of %s", ev.Threshold)
	case queue.Overdue:
		return "has waited as long as it may, and keeps the offer that is out"
	case queue.ListAsked:
		return "the blacklist of " + ev.From + " is asked"
	case queue.Requeued:
		return join("goes back to the queue", because(ev.Reason))
	case queue.Required:
		return join("asks for less or more", because(ev.Reason))
	}
	return ""
}

// tellBot is for bots.
func tellBot(ev queue.Event) string {
	switch ev.Kind {
	case queue.BotStarted:
		return fmt.Sprintf("bot %s has it (%s)", ev.Bot, ev.Phase)
	case queue.BotEnded:
		failed := ""
		if ev.Failed {
			failed = "has failed"
		}
		return join("bot", ev.Bot, "is done", failed, because(ev.Reason))
	case queue.BotLate:
		return fmt.Sprintf("bot %s answers too late; dropped", ev.Bot)
	}
	return ""
}

// tellMessage is for what is sent.
func tellMessage(ev queue.Event) string {
	switch ev.Kind {
	case queue.MessageQueued:
		from := "the campaign"
		if ev.Agent+ev.Bot != "" {
			from = ev.Agent + ev.Bot
		}
		return fmt.Sprintf("is sent %q by %s", ev.Message.Text, from)
	case queue.MessageMoved:
		if ev.Delivery == queue.MessageFailed || ev.Delivery == queue.MessageUnknown {
			return join("a message is", string(ev.Delivery), because(ev.Reason))
		}
	}
	return ""
}

// quiet are the events that follow from others which say more.
var quiet = map[queue.Kind]bool{
	queue.CustomerKnown: true, queue.Received: true, queue.Forgave: true, queue.BotTurned: true, queue.BotWaits: true,
	queue.MessageMoved: true, queue.AgentStated: true, queue.AgentAlive: true, queue.Swept: true, queue.CampaignDay: true,
}

// tellRest is for kinds without words of their own here.
func tellRest(ev queue.Event) string {
	if quiet[ev.Kind] {
		return ""
	}
	return join(ev.Kind.String(), ev.Campaign, ev.Agent, because(ev.Reason))
}

// phrase says a command that the kit has no word for: its type and its fields.
func phrase(command queue.Command) string {
	return fmt.Sprintf("%T%+v", command, command)
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return "(" + reason + ")"
}

// join puts the words that are there side by side.
func join(words ...string) string {
	var out []string
	for _, w := range words {
		if w != "" {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}
