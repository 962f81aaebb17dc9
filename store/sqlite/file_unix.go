//go:build unix

package sqlite

import (
	"errors"
	"os"
	"syscall"
)

// canReplaceLock says that an open file can be replaced by another.
const canReplaceLock = true

// lockFile takes the lock of an open file, which ends with the process at the latest.
func lockFile(f *os.File) (ok bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// mapFile maps the first bytes of a file into memory, where writes reach the file however
// the process ends.
func mapFile(f *os.File, size int) ([]byte, error) {
	return syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
}

func unmapFile(mapped []byte) error { return syscall.Munmap(mapped) }
