package bot

import (
	"maps"
	"slices"

	"github.com/usher-go/usher/internal/fault"
	"github.com/usher-go/usher/internal/strict"
)

// Config is a ready-made bot as a configuration file has it. Exactly one field is set.
type Config struct {
	Message *Message `json:"message,omitempty"`
	Menu    *Menu    `json:"menu,omitempty"`
	Survey  *Survey  `json:"survey,omitempty"`
	Webhook *Webhook `json:"webhook,omitempty"`
}

// New returns the bot that c describes. The error is a *[ConfigError] with every fault.
func New(c Config) (Bot, error) {
	var f fault.Faults
	b := c.build(&f, "")
	return b, configError(f.Err())
}

// Parse reads bots from JSON, an object with a [Config] for each name:
//
//	{"welcome": {"menu": {"text": "…", "options": […]}}, "survey": {"survey": {"question": "…"}}}
//
// The result is what a center's options take. The error is a *[ConfigError] with every
// fault of every bot: unknown fields, wrong types, values that cannot be.
func Parse(data []byte) (map[string]Bot, error) {
	var configs map[string]Config
	if err := strict.Unmarshal(data, &configs); err != nil {
		return nil, configError(err)
	}
	var f fault.Faults
	bots := map[string]Bot{}
	for _, name := range sortedKeys(configs) {
		if name == "" {
			f.Add("", "a bot must have a name")
			continue
		}
		bots[name] = configs[name].build(&f, name)
	}
	if len(f) > 0 {
		return nil, configError(f)
	}
	return bots, nil
}

// build returns the bot, or adds its faults.
func (c Config) build(f *fault.Faults, path string) (b Bot) {
	n := 0
	if c.Message != nil {
		n, b = n+1, c.Message.build(f, fault.Join(path, "message"))
	}
	if c.Menu != nil {
		n, b = n+1, c.Menu.build(f, fault.Join(path, "menu"))
	}
	if c.Survey != nil {
		n, b = n+1, c.Survey.build(f, fault.Join(path, "survey"))
	}
	if c.Webhook != nil {
		n, b = n+1, c.Webhook.build(f, fault.Join(path, "webhook"))
	}
	if n != 1 {
		f.Add(path, "must be exactly one of message, menu, survey, webhook")
	}
	return b
}

// leave is where a bot lets go when its configuration does not say: from the start the
// interaction goes to the queue, from any other phase it ends.
func leave(p Phase) Next {
	if p == Start {
		return Next{Action: Queue}
	}
	return Next{Action: Finish}
}

// or returns n, or where the phase leads if n says nothing.
func (n Next) or(p Phase) Next {
	if n.Action == Wait {
		return leave(p)
	}
	return n.clone()
}

// clone returns n with nothing in common with it: bots keep their configuration to
// themselves.
func (n Next) clone() Next {
	if n.Priority != nil {
		priority := *n.Priority
		n.Priority = &priority
	}
	n.Skills = slices.Clone(n.Skills)
	return n
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
