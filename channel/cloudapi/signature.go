package cloudapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"hash"
	"sync"
)

// signatureHeader carries "sha256=" and the lower-case hex HMAC-SHA256 of the body under
// the secret of the Meta app.
const signatureHeader = "X-Hub-Signature-256"

const signaturePrefix = "sha256="

// verifier checks signatures under any of several app secrets: during a rotation, or
// when several apps share one address. It is safe for concurrent use.
type verifier struct {
	macs []sync.Pool // of hash.Hash, one pool for each secret
}

func newVerifier(secrets []string) *verifier {
	v := &verifier{macs: make([]sync.Pool, len(secrets))}
	for i, secret := range secrets {
		key := []byte(secret)
		v.macs[i].New = func() any { return hmac.New(sha256.New, key) }
	}
	return v
}

// valid reports whether header signs body. The bytes are taken as they came, before any
// decoding: Meta signs the escaped form that is on the wire. Only the exact form that
// Meta sends is accepted, prefix and hex in lower case. Time does not depend on where a
// wrong signature differs.
func (v *verifier) valid(header string, body []byte) bool {
	if len(header) != len(signaturePrefix)+2*sha256.Size {
		return false
	}
	ok := 0
	for i := range v.macs {
		ok |= subtle.ConstantTimeCompare([]byte(header), v.sign(i, body))
	}
	return ok == 1
}

func (v *verifier) sign(i int, body []byte) []byte {
	mac := v.macs[i].Get().(hash.Hash)
	defer v.macs[i].Put(mac)
	mac.Reset()
	mac.Write(body)
	var sum [sha256.Size]byte
	out := make([]byte, 0, len(signaturePrefix)+2*sha256.Size)
	return hex.AppendEncode(append(out, signaturePrefix...), mac.Sum(sum[:0]))
}

// oneOf reports whether got is one of the tokens, in time that does not tell how close
// it came. Hashing first hides their lengths.
func oneOf(tokens []string, got string) bool {
	sum := sha256.Sum256([]byte(got))
	ok := 0
	for _, token := range tokens {
		want := sha256.Sum256([]byte(token))
		ok |= subtle.ConstantTimeCompare(sum[:], want[:])
	}
	return ok == 1
}
