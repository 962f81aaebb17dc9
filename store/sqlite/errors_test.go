package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/constant"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	lib "modernc.org/sqlite/lib"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/sqlite"
	"github.com/usher-go/usher/store/storetest"
)

// resultCodes returns the result codes of SQLite that are errors, by name, as the source of the
// driver has them.
func resultCodes(t *testing.T) map[string]int {
	t.Helper()
	pkg, err := build.Import("modernc.org/sqlite/lib", ".", 0)
	require.NoError(t, err)
	name := regexp.MustCompile(`^SQLITE_(ERROR|INTERNAL|PERM|ABORT|BUSY|LOCKED|NOMEM|READONLY|INTERRUPT|IOERR|CORRUPT|NOTFOUND|FULL|CANTOPEN|` +
		`PROTOCOL|EMPTY|SCHEMA|TOOBIG|CONSTRAINT|MISMATCH|MISUSE|NOLFS|AUTH|FORMAT|RANGE|NOTADB|NOTICE|WARNING)(_[A-Z_]+)?$`)
	codes := map[string]int{}
	for _, path := range pkg.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(pkg.Dir, path), nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			constants, ok := decl.(*ast.GenDecl)
			if !ok || constants.Tok != token.CONST {
				continue
			}
			for _, spec := range constants.Specs {
				v := spec.(*ast.ValueSpec)
				value, ok := v.Values[0].(*ast.BasicLit)
				if !ok || !name.MatchString(v.Names[0].Name) {
					continue
				}
				code, exact := constant.Int64Val(constant.MakeFromLiteral(value.Value, value.Kind, 0))
				require.True(t, exact)
				codes[v.Names[0].Name] = int(code)
			}
		}
	}
	return codes
}

// Each result code of SQLite becomes a typed error that names the path and says what to do.
func TestEveryResultCodeIsATypedError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "center.db")
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	require.NoError(t, err)
	defer j.Close()
	codes := resultCodes(t)
	require.Greater(t, len(codes), 90)
	for name, code := range codes {
		assert.True(t, sqlite.IsListed(code), "%s (%d) is not in the table of meanings", name, code)
		err := j.Known(fmt.Errorf("a call: %w", sqlite.ResultError(code)))
		kinds := 0
		for _, kind := range []error{store.ErrIO, store.ErrFull, store.ErrReadOnly, store.ErrCorrupt, context.Canceled} {
			if errors.Is(err, kind) {
				kinds++
			}
		}
		assert.Equal(t, 1, kinds, "%s (%d): %v", name, code, err)
		assert.ErrorIs(t, err, sqlite.ResultError(code), name)
		assert.Equal(t, err, j.Known(err), "%s is wrapped once", name)
		if !errors.Is(err, context.Canceled) {
			assert.ErrorContains(t, err, path, name)
			assert.Regexp(t, `: (close|check|correct|create|end|give|keep|make|mount|put|raise|repair|set|write) `, err.Error(), "%s says what to do", name)
		}
	}
}

// Result codes become the error that a host handles in the way which they need.
func TestResultCodesByMeaning(t *testing.T) {
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "center.db")})
	require.NoError(t, err)
	defer j.Close()
	for want, codes := range map[error][]int{
		store.ErrFull: {lib.SQLITE_FULL},
		store.ErrReadOnly: {
			lib.SQLITE_READONLY, lib.SQLITE_READONLY_RECOVERY, lib.SQLITE_READONLY_CANTLOCK, lib.SQLITE_READONLY_DIRECTORY, lib.SQLITE_PERM, lib.SQLITE_AUTH,
			lib.SQLITE_IOERR_AUTH,
		},
		store.ErrIO: {
			lib.SQLITE_IOERR, lib.SQLITE_IOERR_WRITE, lib.SQLITE_IOERR_FSYNC, lib.SQLITE_IOERR_LOCK, lib.SQLITE_CANTOPEN, lib.SQLITE_CANTOPEN_ISDIR,
			lib.SQLITE_READONLY_DBMOVED, lib.SQLITE_BUSY, lib.SQLITE_BUSY_SNAPSHOT, lib.SQLITE_LOCKED, lib.SQLITE_NOMEM, lib.SQLITE_PROTOCOL, lib.SQLITE_TOOBIG,
			lib.SQLITE_ERROR, lib.SQLITE_MISUSE, 99, 99<<8 | lib.SQLITE_IOERR,
		},
		store.ErrCorrupt: {
			lib.SQLITE_CORRUPT, lib.SQLITE_CORRUPT_INDEX, lib.SQLITE_NOTADB, lib.SQLITE_IOERR_CORRUPTFS, lib.SQLITE_IOERR_SHORT_READ,
			lib.SQLITE_CONSTRAINT_PRIMARYKEY,
		},
		context.Canceled: {lib.SQLITE_INTERRUPT},
	} {
		for _, code := range codes {
			assert.ErrorIs(t, j.Known(sqlite.ResultError(code)), want, "%d", code)
		}
	}
	assert.ErrorContains(t, j.Known(sqlite.ResultError(lib.SQLITE_BUSY)), "end the program that has the file open")
}

// Errors of the operating system are typed too, and typed errors are not wrapped again.
func TestErrorsOfTheSystem(t *testing.T) {
	j, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "center.db")})
	require.NoError(t, err)
	defer j.Close()
	for number, want := range map[syscall.Errno]error{
		syscall.EROFS: store.ErrReadOnly, syscall.EACCES: store.ErrReadOnly, syscall.EPERM: store.ErrReadOnly,
		syscall.ENOSPC: store.ErrFull,
		syscall.ENOENT: store.ErrIO, syscall.EISDIR: store.ErrIO, syscall.EMFILE: store.ErrIO, syscall.EIO: store.ErrIO,
	} {
		err := j.Known(&fs.PathError{Op: "open", Path: "x", Err: number})
		require.ErrorIs(t, err, want)
		require.ErrorIs(t, err, number)
		assert.ErrorContains(t, err, "center.db")
	}
	for _, err := range []error{
		store.ErrClosed, store.ErrNotEmpty, &store.ConflictError{}, &store.CorruptError{}, &store.IOError{}, &store.OwnedError{}, &store.SnapshotAheadError{},
		fmt.Errorf("%w: x", store.ErrFull), fmt.Errorf("%w: x", store.ErrReadOnly), context.Canceled, context.DeadlineExceeded,
	} {
		assert.Equal(t, err, j.Known(err))
	}
}

// Opening what is no file, or is in no folder, says so.
func TestPathsThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "folder.db"), 0o700))
	for path, problem := range map[string]string{
		filepath.Join(dir, "folder.db"):       "the path is that of a folder: correct the path",
		filepath.Join(dir, "missing", "c.db"): "the file or its folder does not exist: create the folder",
		filepath.Join(file, "c.db"):           "a file where a folder should be: correct the path",
	} {
		_, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
		var failed *store.IOError
		require.ErrorAs(t, err, &failed, path)
		assert.Equal(t, path, failed.Journal)
		assert.ErrorContains(t, err, problem)
	}
}

// A file of the journal that is removed or replaced while it is open is noticed by the append that
// would be lost, and by Hold.
func TestFilesRemovedOrReplacedWhileOpen(t *testing.T) {
	for _, suffix := range []string{"", "-wal"} {
		for what, do := range map[string]func(t *testing.T, path string){
			"is no longer there": func(t *testing.T, path string) { require.NoError(t, os.Rename(path, path+".away")) },
			"was replaced while the journal was open": func(t *testing.T, path string) {
				require.NoError(t, os.Rename(path, path+".away"))
				data, err := os.ReadFile(path + ".away")
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(path, data, 0o600))
			},
		} {
			t.Run(what+suffix, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "center.db")
				j, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
				require.NoError(t, err)
				require.NoError(t, j.Append(t.Context(), 0, storetest.Records(0, 9)))
				do(t, path+suffix)
				for name, err := range map[string]error{
					"append": j.Append(t.Context(), 9, storetest.Records(9, 1)),
					"hold":   j.Hold(t.Context()),
				} {
					var failed *store.IOError
					require.ErrorAs(t, err, &failed, name)
					assert.Equal(t, path, failed.Journal)
					assert.Equal(t, path+suffix+" "+what, failed.Problem)
					assert.NotEmpty(t, failed.Do)
				}
				// Put back and opened again, it has what was acknowledged.
				require.NoError(t, os.Rename(path+suffix+".away", path+suffix))
				_ = j.Close()
				j, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
				require.NoError(t, err)
				assert.GreaterOrEqual(t, count(t, j), 9)
				require.NoError(t, j.Close())
			})
		}
	}
}
