package queue

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Everything that a command says is checked before the command is performed, so that what is
// recorded reads back the same, and so that no number overflows:
//
//   - Ids and other names that are compared must be valid UTF-8 without NUL and have at most
//     [MaxID] bytes; otherwise the command is refused, because journals have an index of ids,
//     and not every database stores such texts as they are.
//   - Texts are made valid: what is not UTF-8 becomes U+FFFD.
//   - Raw parts must be JSON, or the command is refused.
//   - Instants outside of [Earliest] and [Latest] count as the nearest of the two.
//   - Spans are at least 0, or the command is refused. A span longer than [MaxSpan] counts as
//     MaxSpan.
//   - Counts are 0 to [MaxCount], and lists have at most [MaxList] elements, or the command is
//     refused. Priorities and scores are only compared: every int is valid.
//
// The host's slices and maps are not changed.

// MaxList is the largest number of skills, aliases, preferred agents, variables or messages
// in one list of a command or configuration.
const MaxList = 1000

// MaxID is the largest length in bytes of an id or another name that is compared.
const MaxID = 1000

// intake collects what is wrong with a command.
type intake struct{ faults Faults }

const notUTF8 = "must be valid UTF-8, is %q"

// id checks a name that is compared.
func (t *intake) id(path, s string) {
	switch {
	case !utf8.ValidString(s):
		t.faults.Add(path, notUTF8, cut(s))
	case len(s) > MaxID:
		t.faults.Add(path, "must have at most %d bytes, has %d", MaxID, len(s))
	case strings.IndexByte(s, 0) >= 0:
		t.faults.Add(path, "must not contain NUL, is %q", cut(s))
	}
}

func (t *intake) ids(path string, list []string) {
	t.length(path, len(list))
	for i, s := range list {
		if !utf8.ValidString(s) || len(s) > MaxID || strings.IndexByte(s, 0) >= 0 {
			t.id(at(path, i), s)
		}
	}
}

func at(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func (t *intake) length(path string, n int) {
	if n > MaxList {
		t.faults.Add(path, "must have at most %d elements, has %d", MaxList, n)
	}
}

// text makes a text valid.
func (t *intake) text(s *string) {
	if !utf8.ValidString(*s) {
		*s = strings.ToValidUTF8(*s, "\ufffd")
	}
}

// vars returns variables with valid names and values.
func (t *intake) vars(path string, vars map[string]string) map[string]string {
	t.length(path, len(vars))
	valid := true
	for k, v := range vars {
		if !utf8.ValidString(k) {
			t.faults.Add(path, "name "+notUTF8, cut(k))
		}
		valid = valid && utf8.ValidString(v)
	}
	if valid {
		return vars
	}
	out := make(map[string]string, len(vars))
	for k, v := range vars {
		out[k] = strings.ToValidUTF8(v, "\ufffd")
	}
	return out
}

// raw checks a part that is JSON already and makes its strings valid.
func (t *intake) raw(path string, part *json.RawMessage) {
	switch {
	case len(*part) == 0:
	case !json.Valid(*part):
		t.faults.Add(path, "must be JSON")
	case !utf8.Valid(*part):
		*part = bytes.ToValidUTF8(*part, []byte("\ufffd"))
	}
}

// span checks a length of time and bounds it.
func (t *intake) span(path string, d *time.Duration) {
	if *d < 0 {
		tooLong(&t.faults, path, *d)
	}
	*d = min(*d, MaxSpan)
}

func (t *intake) count(path string, n, low, high int) {
	if n < low || n > high {
		var f Faults // of its own, so that no command without a fault allocates
		checker{&f}.count(place{field: path}, &n, low, high)
		t.faults = append(t.faults, f...)
	}
}

// instant bounds a time; no time stays none.
func (t *intake) instant(at *time.Time) {
	switch {
	case at.IsZero():
	case at.Before(Earliest):
		*at = Earliest
	case at.After(Latest):
		*at = Latest
	}
}

func (t *intake) skills(path string, list []Skill) {
	if len(list) > 0 {
		var f Faults
		checkSkills(&f, path, list)
		t.faults = append(t.faults, f...)
	}
}

func (t *intake) preferred(path string, list []Preferred) {
	t.length(path, len(list))
	for i, p := range list {
		if !utf8.ValidString(p.Agent) {
			t.faults.Add(at(path, i)+".agent", notUTF8, cut(p.Agent))
		}
	}
}

// message returns a message as it is to be recorded, nil for none.
func (t *intake) message(path string, m *Message) *Message {
	if m == nil {
		return nil
	}
	own := *m
	t.messageParts(path, &own)
	if own.Text == m.Text && own.At.Equal(m.At) && bytes.Equal(own.Body, m.Body) {
		return m
	}
	return &own
}

func (t *intake) messageParts(path string, m *Message) {
	if !utf8.ValidString(m.ID) {
		t.faults.Add(path+".id", notUTF8, cut(m.ID))
	}
	t.text(&m.Text)
	t.instant(&m.At)
	if len(m.Body) > 0 {
		t.raw(path+".body", &m.Body)
	}
}

// block returns the verdict of a blacklist as it is to be recorded, nil for none.
func (t *intake) block(b *Block) *Block {
	if b == nil || utf8.ValidString(b.Reason) && utf8.ValidString(b.Alias) {
		return b
	}
	own := *b
	t.text(&own.Reason)
	t.text(&own.Alias)
	return &own
}

// admit names the command in what follows and refuses it if there is something wrong.
func (e *Engine) admit(cause string, t intake) error {
	e.cause = cause
	if len(t.faults) == 0 {
		return nil
	}
	return &Error{Command: cause, Code: ErrInvalid, Err: t.faults}
}
