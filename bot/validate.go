package bot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/usher-go/usher/internal/fault"
)

// Validate returns an error with every fault of a reply that nobody could carry out, such
// as "next.target: must name the agent to hand over to". The center checks every reply;
// names in Target are checked where they are known.
func (r Reply) Validate() error {
	var f fault.Faults
	for i, m := range r.Messages {
		f.Under(fmt.Sprintf("messages[%d]", i), m.Sendable())
	}
	if _, ok := r.Set[""]; ok {
		f.Add("set", "a variable must have a name")
	}
	checkNext(&f, "next", r.Next)
	if err := f.Err(); err != nil {
		return fmt.Errorf("bot: reply: %w", err)
	}
	return nil
}

// checkNext finds what the center could not do next.
func checkNext(f *fault.Faults, path string, n Next) {
	switch n.Action {
	case Wait, "wait", Queue, Finish:
		if n.Target != "" {
			f.Add(path+".target", "action %q takes none, is %q", n.Action, clip(n.Target, 64))
		}
	case Agent, Campaign:
		if n.Target == "" {
			f.Add(path+".target", "must name the %s to hand over to", n.Action)
		}
	default:
		f.Add(path+".action", "unknown action %q; valid: wait, queue, agent, campaign, end", clip(string(n.Action), 64))
	}
	for i, s := range n.Skills {
		at := fmt.Sprintf("%s.skills[%d]", path, i)
		if s.Name == "" {
			f.Add(at+".name", "must not be empty")
		}
		if s.Level < 0 || s.Level > 10 {
			f.Add(at+".level", "must be 1 to 10, or 0 for 1, is %d", s.Level)
		}
		if s.For < 0 {
			f.Add(at+".for", "must be ≥ 0, is %d", s.For)
		}
	}
}

// checkExit is checkNext for where a ready-made bot lets go: there is no waiting.
func checkExit(f *fault.Faults, path string, n Next) {
	if n.Action == "wait" {
		f.Add(path+".action", "there is nothing to wait for; valid: queue, agent, campaign, end")
		return
	}
	if n.Action == Wait && (n.Target != "" || n.Priority != nil || n.Skills != nil) {
		f.Add(path+".action", "must not be empty beside other fields; valid: queue, agent, campaign, end")
		return
	}
	checkNext(f, path, n)
}

func checkSet(f *fault.Faults, path string, set map[string]string) {
	for _, key := range sortedKeys(set) {
		if key == "" || slices.Contains(ownKeys, key) {
			f.Add(path, "%q cannot be the name of a variable", key)
		}
	}
}

func checkText(f *fault.Faults, path, text string, most int) {
	if n := utf8.RuneCountInString(text); n > most {
		f.Add(path, "is %d characters long, the longest is %d", n, most)
	}
}

func checkRequired(f *fault.Faults, path, text string, most int) {
	if strings.TrimSpace(text) == "" {
		f.Add(path, "must not be empty")
		return
	}
	checkText(f, path, text, most)
}

func checkTries(f *fault.Faults, path string, n int) {
	if n < 0 || n > 20 {
		f.Add(path, "must be 0 to 20, is %d", n)
	}
}

// ConfigError is everything that is wrong with the configuration of a bot.
type ConfigError struct{ Faults []Fault }

// Fault is one thing wrong, such as {"menu.options[1].title", "must not be empty"}.
type Fault struct {
	Path    string `json:"path"`
	Problem string `json:"problem"`
}

// Error implements error, a line for each fault.
func (e *ConfigError) Error() string {
	list := make(fault.Faults, len(e.Faults))
	for i, f := range e.Faults {
		list[i] = fault.Fault(f)
	}
	return "bot: configuration:\n" + list.Error()
}

// configError returns what was found, nil if that is nothing.
func configError(err error) error {
	if err == nil {
		return nil
	}
	var list fault.Faults
	if !errors.As(err, &list) {
		list.Add("", "%v", err)
	}
	e := &ConfigError{}
	for _, f := range list {
		e.Faults = append(e.Faults, Fault(f))
	}
	return e
}
