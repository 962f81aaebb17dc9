package redact_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/usher-go/usher/internal/redact"
)

const secret = `pa"ss/w&rd+é`

func TestText(t *testing.T) {
	s := redact.New(secret, "EAAG-SECRET", "EAAG-SECRET-LONGER", "short")
	quoted, _ := json.Marshal(secret)
	for _, text := range []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), string(quoted), fmt.Sprintf("%q", secret),
		base64.StdEncoding.EncodeToString([]byte(secret)),
	} {
		assert.Contains(t, s.Text("a "+text+" b"), redact.Mark, text)
		assert.NotContains(t, s.Text("a "+text+" b"), text)
	}
	assert.Equal(t, "token [redacted].", s.Text("token EAAG-SECRET-LONGER."))
	assert.Equal(t, "token [redacted].", s.Text("token EAAG-SECRET."))
	assert.Equal(t, "short", s.Text("short"), "too short for a secret")
	assert.Equal(t, []byte("x [redacted]"), s.Bytes([]byte("x EAAG-SECRET")))
	assert.Equal(t, "EAAG", redact.Secrets{}.Text("EAAG"))
}

func TestError(t *testing.T) {
	s := redact.New("EAAG-SECRET")
	plain := errors.New("plain")
	assert.Same(t, plain, s.Error(plain))
	assert.NoError(t, s.Error(nil))
	inner := fmt.Errorf("EAAG-SECRET: %w", context.DeadlineExceeded)
	err := s.Error(fmt.Errorf("call: %w", inner))
	assert.Equal(t, "call: [redacted]: context deadline exceeded", err.Error())
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.NotErrorIs(t, err, inner, "what it wraps could be printed")
	assert.NotContains(t, fmt.Sprintf("%+v %#v", err, err), "EAAG")
}

func TestPrintingShowsNothing(t *testing.T) {
	type holder struct{ s redact.Secrets }
	s := redact.New("EAAG-SECRET")
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		assert.NotContains(t, fmt.Sprintf(format, s), "EAAG", format)
		assert.NotContains(t, fmt.Sprintf(format, holder{s}), "EAAG", format)
		assert.NotContains(t, fmt.Sprintf(format, &holder{s}), "EAAG", format)
	}
}
