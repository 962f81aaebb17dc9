package sqlite_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store/internal/scaletest"
	"github.com/usher-go/usher/store/sqlite"
)

// A truncation of millions of records that keeps a hundred interactions delays no append by
// more than 100 ms. USHER_SCALE is the number of records, such as 10000000.
func TestTruncationAtScale(t *testing.T) {
	scaletest.Wanted(t)
	path := filepath.Join(t.TempDir(), "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer j.Close()
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	defer db.Close()
	scaletest.Truncation(t, j, func() string {
		var pages, free, mentions int
		require.NoError(t, db.QueryRowContext(t.Context(),
			"SELECT (SELECT page_count FROM pragma_page_count), (SELECT freelist_count FROM pragma_freelist_count), (SELECT count(*) FROM mention)").
			Scan(&pages, &free, &mentions))
		return fmt.Sprintf("%d pages, %d of them free, %d lines of the index", pages, free, mentions)
	})
}
