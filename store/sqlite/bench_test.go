package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store/sqlite"
	"github.com/usher-go/usher/store/storetest"
)

// BenchmarkAppend is one durable commit of a few records, with a context that never ends,
// as a center calls it.
func BenchmarkAppend(b *testing.B) {
	j, err := sqlite.Open(context.Background(), sqlite.Config{Path: filepath.Join(b.TempDir(), "center.db")})
	require.NoError(b, err)
	defer j.Close()
	last := uint64(0)
	for b.Loop() {
		require.NoError(b, j.Append(context.Background(), last, storetest.Records(last, 4)))
		last += 4
	}
}
