package bot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// SignatureTolerance is how far the time of a request may be from that of who checks it.
const SignatureTolerance = 5 * time.Minute

// ErrSignature is returned by [VerifyWebhook] for a request that must not be trusted.
var ErrSignature = errors.New("bot: webhook: signature does not verify")

// VerifyWebhook is for services in Go that answer a [Webhook]: it returns an error that
// wraps [ErrSignature] unless the request was signed with one of the secrets, within
// [SignatureTolerance] of now. body is the raw body of the request.
func VerifyWebhook(h http.Header, body []byte, now time.Time, secrets ...string) error {
	id, stamp := h.Get(HeaderWebhookID), h.Get(HeaderWebhookTimestamp)
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || id == "" {
		return refused("headers are missing or malformed")
	}
	if d := now.Sub(time.Unix(seconds, 0)); d > SignatureTolerance || d < -SignatureTolerance {
		return refused("its time is too far from now")
	}
	ok := false
	for _, s := range secrets {
		key, problem := secretKey(s)
		if problem != "" {
			return errors.New("bot: webhook: secret " + problem)
		}
		want := []byte(signature(key, id, stamp, body))
		for got := range strings.FieldsSeq(h.Get(HeaderWebhookSignature)) {
			ok = hmac.Equal([]byte(got), want) || ok
		}
	}
	if !ok {
		return refused("no signature matches")
	}
	return nil
}

type signatureError string

func (e signatureError) Error() string { return ErrSignature.Error() + ": " + string(e) }
func (signatureError) Unwrap() error   { return ErrSignature }

func refused(why string) error { return signatureError(why) }

// signature signs what the Standard Webhooks specification says: id, time and body with
// dots between.
func signature(key []byte, id, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func signatures(keys [][]byte, id, stamp string, body []byte) string {
	list := make([]string, len(keys))
	for i, key := range keys {
		list[i] = signature(key, id, stamp, body)
	}
	return strings.Join(list, " ")
}

// minSecret is what makes guessing pointless, in bytes.
const minSecret = 16

// secretKey returns the bytes to sign with. It never repeats a secret.
func secretKey(secret string) (key []byte, problem string) {
	key = []byte(secret)
	if text, encoded := strings.CutPrefix(secret, "whsec_"); encoded {
		var err error
		if key, err = base64.StdEncoding.DecodeString(text); err != nil {
			return nil, "must be base64 after whsec_"
		}
	}
	if len(key) < minSecret {
		return nil, "is too short; use at least 16 random bytes"
	}
	return key, ""
}
