// Package redact removes secrets from text that comes from outside: a provider's error may
// quote the credentials that it was called with.
package redact

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Mark stands where a secret was.
const Mark = "[redacted]"

// MinLength is the length in bytes from which a secret is removed from text. A shorter one
// would also match ordinary words, and is no secret.
const MinLength = 6

// Secrets is a set of secrets. The zero value is empty. It is safe for concurrent use.
// Printing it, with any verb, shows none of them.
type Secrets struct {
	replace func(string) string // a closure, because package fmt prints what a pointer leads to
}

// New returns the set of the given secrets that have at least [MinLength] bytes. Each is also
// found in the forms that encodings give it: URL, JSON, Go string and base64.
func New(secrets ...string) Secrets {
	var pairs []string
	for _, s := range secrets {
		if len(s) < MinLength {
			continue
		}
		for _, form := range forms(s) {
			pairs = append(pairs, form, Mark)
		}
	}
	if len(pairs) == 0 {
		return Secrets{}
	}
	return Secrets{replace: strings.NewReplacer(longestFirst(pairs)...).Replace}
}

// forms returns the spellings of a secret.
func forms(s string) []string {
	quoted, _ := json.Marshal(s)
	list := []string{
		s, url.QueryEscape(s), url.PathEscape(s),
		string(quoted[1 : len(quoted)-1]), strings.Trim(strconv.Quote(s), `"`),
		base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// longestFirst orders pairs so that a secret that contains another is replaced whole.
func longestFirst(pairs []string) []string {
	olds := make([]string, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		olds = append(olds, pairs[i])
	}
	slices.SortStableFunc(olds, func(a, b string) int { return len(b) - len(a) })
	out := make([]string, 0, len(pairs))
	for _, o := range olds {
		out = append(out, o, Mark)
	}
	return out
}

// String returns [Mark].
func (s Secrets) String() string { return Mark }

// Text returns text without the secrets.
func (s Secrets) Text(text string) string {
	if s.replace == nil {
		return text
	}
	return s.replace(text)
}

// Bytes returns b without the secrets: b itself when it holds none.
func (s Secrets) Bytes(b []byte) []byte {
	if s.replace == nil {
		return b
	}
	if out := []byte(s.replace(string(b))); !bytes.Equal(out, b) {
		return out
	}
	return b
}

// Error returns err itself when its text holds no secret. Otherwise it returns an error with
// the redacted text that wraps nothing of err but the end of a context.
func (s Secrets) Error(err error) error {
	if err == nil || s.replace == nil {
		return err
	}
	text := err.Error()
	clean := s.replace(text)
	if clean == text {
		return err
	}
	out := &redacted{text: clean}
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, end) {
			out.cause = end
		}
	}
	return out
}

type redacted struct {
	text  string
	cause error
}

func (e *redacted) Error() string { return e.text }
func (e *redacted) Unwrap() error { return e.cause }
