package postgres

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usher-go/usher/store"
)

var _ store.Sizer = (*Journal)(nil)

// Size implements [store.Sizer]: the tables of all centers, with their indexes.
func (j *Journal) Size(ctx context.Context) (size int64, err error) {
	if j.closed.Load() {
		return 0, store.ErrClosed
	}
	err = j.call(ctx, func(ctx context.Context, pool *pgxpool.Pool) error { return pool.QueryRow(ctx, j.sql.size).Scan(&size) })
	return size, known(err)
}
