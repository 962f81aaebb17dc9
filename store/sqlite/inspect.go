package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/usher-go/usher/store"
)

// inspect looks at the files, after one of them could not be used, for a reason that
// SQLite does not tell; false if there is none.
//
// It opens neither the file nor its -shm: closing them again would give up the locks that
// SQLite has on them, which POSIX keeps for the process and not for the open file.
func (j *Journal) inspect() (meaning, bool) {
	if gone, ok := errors.AsType[*store.IOError](j.files.check()); ok {
		return meaning{failed, gone.Problem, gone.Do}, true
	}
	folder := filepath.Dir(j.cfg.Path)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return meaning{failed, fmt.Sprintf("the folder %s does not exist", folder), doFolder}, true
	}
	if info, err := os.Stat(j.cfg.Path); err == nil && info.IsDir() {
		return meaning{failed, "the path is that of a folder", doPath}, true
	}
	for _, path := range []string{j.cfg.Path, j.cfg.Path + "-wal", j.cfg.Path + "-shm"} {
		if err := writable(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return named(path, err)
		}
	}
	return named(folder, probe(j.cfg.Path+".probe"))
}

// named is system with the path in the problem.
func named(path string, err error) (meaning, bool) {
	m, ok := system(err)
	if ok {
		m.problem = path + ": " + m.problem
	}
	return m, ok
}

// probe writes a file and removes it. A file system that has become read-only because of
// an error says so only then.
func probe(path string) error {
	if err := os.WriteFile(path, make([]byte, 4096), 0o600); err != nil {
		_ = os.Remove(path)
		return err
	}
	return os.Remove(path)
}
