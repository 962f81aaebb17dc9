package cloudapi_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shared finds the reference data that may lie beside the repository.
func shared(t testing.TB, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "..", "shared", "whatsapp", path)
	if _, err := os.Stat(full); err != nil {
		t.Skipf("no reference data at ../shared/whatsapp/%s beside the repository; the tests with their own data still run", path)
	}
	return full
}

func TestSignature(t *testing.T) {
	body := []byte(`{"object":"whatsapp_business_account","entry":[]}`)
	right := "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"
	h := newConnector(t, config()).Webhook(&inbox{})
	tests := map[string]struct {
		header string
		status int
	}{
		"right":             {right, http.StatusOK},
		"missing":           {"", http.StatusUnauthorized},
		"last digit wrong":  {right[:len(right)-1] + "7", http.StatusUnauthorized},
		"one digit short":   {right[:len(right)-1], http.StatusUnauthorized},
		"one digit more":    {right + "0", http.StatusUnauthorized},
		"no prefix":         {strings.TrimPrefix(right, "sha256="), http.StatusUnauthorized},
		"another algorithm": {"sha1=" + right[7:], http.StatusUnauthorized},
		"capitals":          {"sha256=" + strings.ToUpper(right[7:]), http.StatusUnauthorized},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tt.status, postSigned(h, body, tt.header)) })
	}
	t.Run("the raw bytes are signed, not what they mean", func(t *testing.T) {
		spaced := []byte(`{"object": "whatsapp_business_account", "entry": []}`)
		assert.Equal(t, http.StatusUnauthorized, postSigned(h, spaced, right))
	})
	t.Run("any of several secrets", func(t *testing.T) {
		cfg := config()
		cfg.AppSecrets = []string{"old", "older", secret}
		h := newConnector(t, cfg).Webhook(&inbox{})
		assert.Equal(t, http.StatusOK, postSigned(h, body, right))
		cfg.AppSecrets = []string{"old", "older"}
		h = newConnector(t, cfg).Webhook(&inbox{})
		assert.Equal(t, http.StatusUnauthorized, postSigned(h, body, right))
	})
}

func TestSignatureVectors(t *testing.T) {
	data, err := os.ReadFile(shared(t, "signature-vectors.json"))
	require.NoError(t, err)
	var vectors []struct {
		Secret string `json:"app_secret"`
		Body   string `json:"body"`
		File   string `json:"body_file"`
		Header string `json:"header"`
		Valid  *bool  `json:"valid"`
		Note   string `json:"note"`
	}
	require.NoError(t, json.Unmarshal(data, &vectors))
	require.NotEmpty(t, vectors)
	for _, v := range vectors {
		t.Run(v.Note, func(t *testing.T) {
			body := []byte(v.Body)
			if v.File != "" {
				body, err = os.ReadFile(shared(t, filepath.Join("fixtures", v.File)))
				require.NoError(t, err)
			}
			cfg := config()
			cfg.AppSecrets = []string{v.Secret}
			status := postSigned(newConnector(t, cfg).Webhook(&inbox{}), body, v.Header)
			want := http.StatusUnauthorized
			if v.Valid != nil && *v.Valid { // null: the form is a choice; ours is to refuse
				want = http.StatusOK
			}
			assert.Equal(t, want, status)
		})
	}
}
