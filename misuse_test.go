package usher_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// odd are ids that name nothing of a center.
var odd = map[string]string{"empty": "", "unknown": "nope", "not UTF-8": "no\xffpe", "overlong": strings.Repeat("long", 5000), "with NUL": "no\x00pe"}

// misuse calls a method with an argument that names nothing, or is none. Methods without an
// error return what a center says of nothing.
type misuse func(t *testing.T, c *usher.Center, id string) error

// misuses has every exported method that takes more than a context.
var misuses = map[string]misuse{
	"Agent": func(t *testing.T, c *usher.Center, id string) error {
		_, ok := c.Agent(id)
		assert.False(t, ok)
		return nil
	},
	"Board": func(t *testing.T, c *usher.Center, _ string) error {
		for _, from := range []time.Time{{}, time.Unix(1<<40, 0), time.Unix(-1<<40, 0)} {
			assert.Len(t, c.Board(from).Campaigns, 1)
		}
		return nil
	},
	"Connector": func(t *testing.T, c *usher.Center, id string) error {
		assert.Nil(t, c.Connector(id))
		return nil
	},
	"Ended": func(t *testing.T, c *usher.Center, _ string) error {
		list, complete := c.Ended(math.MinInt, nil)
		assert.Empty(t, list)
		assert.True(t, complete)
		return nil
	},
	"Interaction": func(t *testing.T, c *usher.Center, id string) error {
		_, ok := c.Interaction(id)
		assert.False(t, ok)
		return nil
	},
	"Interactions": func(t *testing.T, c *usher.Center, id string) error {
		if id != "" { // of all campaigns
			assert.Empty(t, c.Interactions(id))
		}
		return nil
	},
	"Open": func(t *testing.T, c *usher.Center, _ string) error {
		assert.Len(t, c.Open(nil), 1)
		return nil
	},
	"Since": func(t *testing.T, c *usher.Center, id string) error {
		assert.Zero(t, c.Since(id))
		return nil
	},
	"Summary": func(t *testing.T, c *usher.Center, id string) error {
		_, ok := c.Summary(id)
		assert.False(t, ok)
		return nil
	},
	"Viewers": func(t *testing.T, c *usher.Center, id string) error {
		assert.Empty(t, c.Viewers(id))
		return nil
	},
	"Visible": func(t *testing.T, c *usher.Center, id string) error {
		assert.Empty(t, c.Visible(id))
		return nil
	},
	"Series": func(t *testing.T, c *usher.Center, id string) error {
		list, err := c.Series("sales", time.Unix(1<<40, 0), time.Time{})
		require.NoError(t, err)
		assert.Empty(t, list, "from is after to")
		_, err = c.Series("sales", time.Time{}, time.Unix(1<<40, 0))
		require.NoError(t, err)
		_, err = c.Series(id, morning, morning.Add(time.Hour))
		return err
	},
	"Subscribe": func(t *testing.T, c *usher.Center, _ string) error {
		s := c.Subscribe(math.MaxUint64, queue.Kind(250))
		defer s.Close()
		s.Close()
		_, ok, err := s.Poll()
		assert.False(t, ok)
		return err
	},
	"Block": func(t *testing.T, c *usher.Center, id string) error {
		assert.Error(t, c.Block(t.Context(), id, blacklist.Entry{}), "no alias")
		assert.NoError(t, c.Block(t.Context(), id))
		return c.Block(t.Context(), "me", blacklist.Entry{Alias: id})
	},
	"Unblock": func(t *testing.T, c *usher.Center, id string) error {
		assert.NoError(t, c.Unblock(t.Context(), id))
		return c.Unblock(t.Context(), "me", blacklist.Entry{Alias: id})
	},
	"Check": func(t *testing.T, c *usher.Center, id string) error {
		assert.NoError(t, c.Check(t.Context(), usher.Config{}))
		return c.Check(t.Context(), oddConfig(id))
	},
	"Configure": func(t *testing.T, c *usher.Center, id string) error {
		assert.NoError(t, c.Configure(t.Context(), usher.Config{}))
		return c.Configure(t.Context(), oddConfig(id))
	},
	"ConfigureAs": func(t *testing.T, c *usher.Center, id string) error {
		assert.NoError(t, c.ConfigureAs(t.Context(), id, usher.Config{}))
		return c.ConfigureAs(t.Context(), id, oddConfig(id))
	},
	"ConfigureIf": func(t *testing.T, c *usher.Center, id string) error {
		var conflict *usher.ConflictError
		assert.ErrorAs(t, c.ConfigureIf(t.Context(), id, math.MaxUint64, usher.Config{}), &conflict)
		return c.ConfigureIf(t.Context(), id, c.Configured(), oddConfig(id))
	},
	"Do": func(t *testing.T, c *usher.Center, id string) error {
		for _, command := range oddCommands(id) {
			events, err := c.Do(t.Context(), command)
			var refused *queue.Error
			assert.ErrorAs(t, err, &refused, "%#v", command)
			assert.Empty(t, events, "%#v", command)
		}
		_, err := c.Do(t.Context(), nil)
		return err
	},
	"DoWith": func(t *testing.T, c *usher.Center, id string) error {
		never := func(context.Context, uint64, []store.Record) error {
			assert.Fail(t, "nothing is to be written")
			return nil
		}
		for _, command := range oddCommands(id) {
			_, err := c.DoWith(t.Context(), command, never)
			var refused *queue.Error
			assert.ErrorAs(t, err, &refused, "%#v", command)
		}
		_, err := c.DoWith(t.Context(), nil, never)
		assert.ErrorIs(t, err, queue.ErrInvalid)
		_, err = c.DoWith(t.Context(), queue.Note{Topic: "x"}, nil)
		return err
	},
	"Erase": func(t *testing.T, c *usher.Center, id string) error {
		assert.ErrorIs(t, c.Erase(t.Context(), usher.Erasure{By: id}), queue.ErrInvalid)
		return c.Erase(t.Context(), usher.Erasure{Aliases: []channel.Alias{channel.Alias(id)}})
	},
	"Events": func(t *testing.T, c *usher.Center, _ string) error {
		for _, err := range c.Events(t.Context(), math.MaxUint64) {
			assert.NoError(t, err, "no event has this number")
		}
		return nil
	},
	"Explain": func(t *testing.T, c *usher.Center, id string) error {
		_, err := c.Explain(t.Context(), id)
		return err
	},
	"Receive": func(t *testing.T, c *usher.Center, id string) error {
		assert.NoError(t, c.Receive(t.Context(), nil))
		assert.ErrorIs(t, c.Receive(t.Context(), []channel.Update{{}}), usher.ErrUnknownConnector)
		assert.NoError(t, c.Receive(t.Context(), []channel.Update{
			{Connector: "main"},
			{Connector: "main", Number: number, Message: &channel.Inbound{}},
			{Connector: "main", Number: number, Status: &channel.Status{}},
			{Connector: "main", Number: number, Identity: &channel.Identity{}},
			{Connector: "main", Number: number, Other: &channel.Notice{}},
			inboundUpdate("m", channel.Alias("user:\xff"+id)),
			inboundUpdate("m", channel.Alias(id)),
			{Connector: "main", Number: number, Status: &channel.Status{MessageID: id, State: channel.State(id), Aliases: []channel.Alias{channel.Alias(id)}}},
		}), "reported to the Notice")
		u := inboundUpdate("m", "phone:34600000001")
		u.Number = id
		return c.Receive(t.Context(), []channel.Update{u})
	},
	"Resend": func(t *testing.T, c *usher.Center, id string) error {
		assert.Error(t, c.Resend(t.Context(), c.Open(nil)[0].Interaction, "ana", id))
		return c.Resend(t.Context(), id, id, id)
	},
	"Send": func(t *testing.T, c *usher.Center, id string) error {
		assert.ErrorIs(t, c.Send(t.Context(), usher.Reply{}), queue.ErrInvalid)
		if id != "" { // the host
			assert.Error(t, c.Send(t.Context(), usher.Reply{Interaction: c.Open(nil)[0].Interaction, Agent: id, Message: channel.TextMessage("hi")}))
		}
		return c.Send(t.Context(), usher.Reply{Interaction: id, Message: channel.TextMessage("hi")})
	},
	"Start": func(t *testing.T, c *usher.Center, id string) error {
		for _, o := range []usher.Outgoing{
			{}, {Campaign: "sales", Agent: id, To: "phone:34600000001"}, {Campaign: id, Agent: "ana", To: "phone:34600000001"},
			{Campaign: "sales", Agent: "ana", Number: "x" + id, To: "phone:34600000001"},
		} {
			_, err := c.Start(t.Context(), o)
			var refused *queue.Error
			assert.ErrorAs(t, err, &refused, "%+v", o)
		}
		_, err := c.Start(t.Context(), usher.Outgoing{Campaign: "sales", Agent: "ana", To: channel.Alias(id)})
		return err
	},
	"Transcript": func(t *testing.T, c *usher.Center, id string) error {
		_, err := c.Transcript(t.Context(), id)
		return err
	},
}

func oddConfig(id string) usher.Config {
	if id == "nope" {
		id = "" // it would be a new agent
	}
	return usher.Config{Agents: []usher.Agent{{ID: id}}}
}

// oddCommands are commands that say nothing, or name something that does not exist.
func oddCommands(id string) []queue.Command {
	return []queue.Command{
		nil, (*queue.Accept)(nil), (*queue.Arrive)(nil),
		queue.Accept{Agent: id, Interaction: id}, queue.AgentCall{Agent: id}, queue.AgentState{Agent: id, State: queue.Available},
		queue.AgentState{Agent: "ana", State: queue.State("x" + id)},
		queue.Arrive{}, queue.Assign{Interaction: id, Agent: id}, queue.BotReply{Interaction: id}, queue.CancelTransfer{Interaction: id, Agent: id},
		queue.Configure{}, queue.ConfigureAgent{}, queue.Decline{Interaction: id, Agent: id}, queue.End{Interaction: id},
		queue.Finish{Interaction: id, Agent: id}, queue.Heartbeat{Agent: id}, queue.Identify{}, queue.Leave{Interaction: id}, queue.Move{Interaction: id, Campaign: id},
		queue.Note{}, queue.OfferFailed{Interaction: id, Agent: id}, queue.Park{Interaction: id, Agent: id}, queue.Receipt{ProviderID: id},
		queue.RemoveAgent{Agent: id}, queue.RemoveCampaign{Campaign: id}, queue.Reprioritize{Interaction: id}, queue.Requeue{Interaction: id},
		queue.Resume{Interaction: id, Agent: id}, queue.Send{Interaction: id}, queue.Sent{Interaction: id}, queue.SetVars{Interaction: id},
		queue.Start{Campaign: id}, queue.Take{Interaction: id, Agent: id}, queue.Transfer{Interaction: id, Agent: id}, queue.WrapUp{Agent: id},
	}
}

// misuseErrors are what the errors of methods are; those of other methods return none.
var misuseErrors = map[string]error{
	"Series": queue.ErrUnknownCampaign, "Do": queue.ErrInvalid, "DoWith": queue.ErrInvalid, "Explain": queue.ErrUnknownInteraction,
	"Receive": usher.ErrInvalidNumber, "Resend": queue.ErrUnknownInteraction, "Send": queue.ErrUnknownInteraction,
	"Start": queue.ErrInvalid, "Transcript": queue.ErrUnknownInteraction, "Erase": queue.ErrInvalid,
}

// withoutArguments are methods that take at most a context.
var withoutArguments = []string{
	"Agents", "Blacklist", "Blocked", "Campaigns", "Config", "Configured", "DownAccounts", "Missing", "Names", "Next", "Now", "Run", "Seq",
	"Settle", "State", "Totals",
}

// TestArgumentsThatNameNothing gives every method arguments that are zero, nil, unknown,
// overlong or not UTF-8. The error says what is wrong, nothing panics, and nothing changes.
func TestArgumentsThatNameNothing(t *testing.T) {
	for name := range methods {
		call := misuses[name]
		if call == nil {
			assert.Contains(t, withoutArguments, name)
			continue
		}
		for what, id := range odd {
			t.Run(name+" "+what, func(t *testing.T) {
				h := newHouse(t, func(o *usher.Options, _ *usher.Config) { o.Notice = func(channel.Update, error) {} })
				h.available("ana")
				h.say("hello", maria)
				before := stateOf(t, h.center)
				err := call(t, h.center, id)
				var config *usher.ConfigError
				switch want := misuseErrors[name]; {
				case want != nil && (what == "not UTF-8" || what == "overlong" || what == "with NUL") && errors.Is(err, queue.ErrInvalid):
				case want != nil:
					require.ErrorIs(t, err, want)
				case strings.HasPrefix(name, "Con") && name != "Connector" || name == "Check":
					require.ErrorAs(t, err, &config)
					assert.Equal(t, "agents[0].id", config.Faults[0].Path)
				case name == "Block":
					require.ErrorContains(t, err, "entries[0].alias")
				default:
					require.NoError(t, err)
				}
				if err != nil {
					assert.Less(t, len(err.Error()), 30_000, "it can be read")
				}
				assert.Equal(t, before, stateOf(t, h.center), "nothing changes")
			})
		}
	}
}
