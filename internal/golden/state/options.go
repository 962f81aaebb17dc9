package state

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/bot"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/channel/channeltest"
	"github.com/usher-go/usher/internal/golden"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// Options returns what a center on any golden needs: the connectors and bots that their
// configurations name, and the seed they were made with.
func Options(j store.Journal) usher.Options {
	bots := map[string]bot.Bot{}
	for _, name := range []string{"menu", "message", "sorry", "survey", "voicemail"} {
		bots[name] = bot.Func(func(context.Context, bot.Session) (bot.Reply, error) { return bot.Reply{}, nil })
	}
	numbers := []string{"+15550783881"}
	for i := range 14 {
		numbers = append(numbers, fmt.Sprintf("+155501%05d", i))
	}
	return usher.Options{
		Connectors: []channel.Connector{channeltest.NewConnector("main", numbers...), channeltest.NewConnector("whatsapp", numbers...)},
		Bots:       bots, Seed: 7, Journal: j, Retention: -1,
	}
}

// Use gives a center commands that every golden accepts: a fact of the host's, an agent's
// state, a new customer who writes to every campaign that has a number.
func Use(ctx context.Context, c *usher.Center) error {
	commands := []queue.Command{queue.Note{Topic: "opened by a later version"}}
	for _, a := range c.Agents() {
		commands = append(commands, queue.AgentState{Agent: a.ID, State: queue.Available})
	}
	cfg, err := c.Config(ctx)
	if err != nil {
		return err
	}
	for _, x := range cfg.Campaigns {
		if x.WhatsApp != nil && len(x.WhatsApp.PhoneNumbers) > 0 {
			commands = append(commands, queue.Arrive{
				Number: x.WhatsApp.PhoneNumbers[0], Aliases: []string{"phone:4915550" + fmt.Sprint(len(commands))}, Customer: "new-" + x.ID, ID: "later-" + x.ID,
				Message: &queue.Message{ID: "later-" + x.ID, At: c.Now(), Text: "hello"},
			})
		}
	}
	for _, command := range commands {
		if _, err := c.Do(ctx, command); err != nil {
			return fmt.Errorf("%T: %w", command, err)
		}
	}
	return nil
}

// Check holds the state of a center against the one that a golden must open to.
func Check(ctx context.Context, dir string, c *usher.Center) error {
	want, err := golden.ReadState(dir)
	if err != nil {
		return err
	}
	withoutRemoved(want)
	got, err := Of(ctx, c)
	if err != nil {
		return err
	}
	withoutRemembered(got, want)
	if diff := golden.Diff(want, got); len(diff) > 0 {
		return fmt.Errorf("%s opens to another state than the version that wrote it had, in %d places:\n%s", dir, len(diff), strings.Join(diff[:min(len(diff), 20)], "\n"))
	}
	return nil
}

// withoutRemembered drops the customers of a state that the first version had forgotten: it
// remembered who they are for 8 days after the last contact, later versions for 90.
func withoutRemembered(got, want golden.State) {
	there := map[any]bool{}
	for _, c := range list(want["customers"]) {
		there[field(c, "id")] = true
	}
	got["customers"] = slices.DeleteFunc(list(got["customers"]), func(c any) bool {
		return !there[field(c, "id")] && len(list(field(c, "windows"))) == 0
	})
}

// withoutRemoved drops members who are not agents of the center from a state's configuration.
// The first version listed members after their agent was removed, although they were gone.
func withoutRemoved(want golden.State) {
	there := map[any]bool{}
	for _, a := range list(want["agents"]) {
		there[field(a, "id")] = true
	}
	for _, c := range list(field(want["config"], "campaigns")) {
		if x, ok := c.(map[string]any); ok {
			x["members"] = slices.DeleteFunc(list(x["members"]), func(m any) bool { return !there[field(m, "agent")] })
		}
	}
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func field(v any, name string) any {
	m, _ := v.(map[string]any)
	return m[name]
}
