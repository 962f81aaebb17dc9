//go:build unix

package sqlite

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// noSpace are the errors of the system for a disk or a quota that is full.
var noSpace = []error{syscall.ENOSPC, syscall.EDQUOT}

// writable returns an error if this process may not read and write a file. It does not
// open it.
func writable(path string) error {
	const mode = unix.R_OK | unix.W_OK
	// Of a file that is immutable only the call without flags tells: x/sys takes EPERM of
	// the other one for a system that does not have the call.
	if err := unix.Faccessat(unix.AT_FDCWD, path, mode, 0); errors.Is(err, unix.EPERM) {
		return err
	}
	return unix.Faccessat(unix.AT_FDCWD, path, mode, unix.AT_EACCESS)
}

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
