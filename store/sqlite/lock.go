package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/usher-go/usher/store"
)

// own takes the lock of the file beside the journal. The system frees it when the process
// ends, so there is nothing to clean up after a crash.
//
// A process that takes the journal over does not wait for the lock: it puts a file of its
// own, which it has locked, in place of the other's. So the file at the path is always the
// owner's, however long the other process lives.
func (j *Journal) own() error {
	path := j.cfg.Path + ".lock"
	for {
		f, locked, err := openLock(path)
		switch {
		case err != nil:
			return j.known(err)
		case locked:
			return j.keepLock(f)
		case j.cfg.TakeOver && canReplaceLock:
			return j.replaceLock(path)
		case j.cfg.TakeOver:
			_ = f.Close()
			return nil // Hold takes the lock when the other process has ended
		}
		owner, _ := io.ReadAll(io.LimitReader(f, 200))
		ours := isAt(f, path)
		_ = f.Close()
		if ours {
			return &store.OwnedError{Journal: j.cfg.Path, Owner: string(owner)}
		}
	}
}

// openLock opens a lock's file and tries to lock it.
func openLock(path string) (f *os.File, locked bool, err error) {
	for {
		f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, false, err
		}
		locked, err = lockFile(f)
		if err != nil {
			_ = f.Close()
			return nil, false, fmt.Errorf("lock %s: %w", path, err)
		}
		if !locked || isAt(f, path) {
			return f, locked, nil
		}
		_ = f.Close() // replaced between opening and locking
	}
}

// isAt reports whether an open file is still the one at a path.
func isAt(f *os.File, path string) bool {
	have, err := f.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(path)
	return err == nil && os.SameFile(have, now)
}

// keepLock keeps a lock that was taken and writes the owner's name into its file. The name
// is for people; the lock counts.
func (j *Journal) keepLock(f *os.File) error {
	j.lock = f
	_ = f.Truncate(0)
	_, _ = f.WriteAt([]byte(j.cfg.Owner), 0)
	return nil
}

// replaceLock puts a locked file in place of the other owner's.
func (j *Journal) replaceLock(path string) error {
	f, locked, err := openLock(path + ".new")
	if err != nil {
		return j.known(err)
	}
	if !locked {
		_ = f.Close()
		return &store.OwnedError{Journal: j.cfg.Path, Owner: "another process, which is taking it over"}
	}
	return errors.Join(j.keepLock(f), os.Rename(path+".new", path))
}

// stillOurs returns an error if another process has replaced the lock. It is called in the
// transaction that begins the epoch, so that of two processes that take a journal over at
// once, the one whose lock is at the path also has the last epoch.
func (j *Journal) stillOurs() error {
	if j.lock == nil || isAt(j.lock, j.cfg.Path+".lock") {
		return nil
	}
	return &store.OwnedError{Journal: j.cfg.Path, Owner: "another process, which has just taken it over"}
}

// retakeLock takes the lock that another process had when the journal was taken over, once
// that process has ended.
func (j *Journal) retakeLock() {
	if j.lock != nil {
		return
	}
	f, locked, err := openLock(j.cfg.Path + ".lock")
	switch {
	case err != nil:
	case locked:
		_ = j.keepLock(f)
	default:
		_ = f.Close()
	}
}
