// Package pgtest finds the PostgreSQL that tests may use.
package pgtest

import (
	"net"
	"os"
	"testing"
	"time"
)

// Local is where development and CI have their server.
const Local = "postgres://postgres@127.0.0.1:5432/postgres"

// URL returns the server's address. Where there is none the test is skipped, and says
// which variable to set; in CI, and where one answers at the usual place, it never is.
func URL(t testing.TB) string {
	t.Helper()
	if url := os.Getenv("USHER_POSTGRES"); url != "" {
		return url
	}
	conn, err := net.DialTimeout("tcp", "127.0.0.1:5432", 2*time.Second)
	if err == nil {
		_ = conn.Close()
		return Local
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("no PostgreSQL answers on 127.0.0.1:5432, and in CI its tests are not skipped: %v", err)
	}
	t.Skip("no PostgreSQL answers on 127.0.0.1:5432; set USHER_POSTGRES to the URL of one, such as postgres://user@host/database")
	return ""
}
