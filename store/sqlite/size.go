package sqlite

import (
	"context"
	"os"

	"github.com/usher-go/usher/store"
)

var _ store.Sizer = (*Journal)(nil)

// Size implements [store.Sizer]: the file and its WAL.
func (j *Journal) Size(context.Context) (size int64, err error) {
	if j.closed.Load() {
		return 0, store.ErrClosed
	}
	for _, path := range []string{j.cfg.Path, j.cfg.Path + "-wal"} {
		info, err := os.Stat(path)
		switch {
		case err == nil:
			size += info.Size()
		case !os.IsNotExist(err):
			return 0, j.known(err)
		}
	}
	return size, nil
}
