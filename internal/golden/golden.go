// Package golden reads the journals of testdata/golden, which older versions of the library
// wrote, and compares states across versions. Package state within it describes the state
// of a center.
//
// A golden is a folder with the state that its journals hold, in state.json.gz, and some of
// these forms of a journal:
//
//	journal.jsonl.gz    the records of a journal in memory, a JSON object a line
//	snapshot.json.gz    the snapshot beside them
//	center.db.gz        a file of store/sqlite, with center.db-wal.gz
//	postgres.sql.gz     a dump of a schema of store/postgres, which is named golden_v1
package golden

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/usher-go/usher/store"
)

// The files of a golden.
const (
	JournalFile  = "journal.jsonl.gz"
	SnapshotFile = "snapshot.json.gz"
	SQLiteFile   = "center.db.gz"
	WALFile      = "center.db-wal.gz"
	PostgresFile = "postgres.sql.gz"
	StateFile    = "state.json.gz"
)

// Schema is the schema in the dumps of PostgreSQL.
const Schema = "golden_v1"

// record is a line of [JournalFile].
type record struct {
	Seq         uint64          `json:"seq"`
	At          time.Time       `json:"at"`
	Kind        string          `json:"kind"`
	Version     int             `json:"v"`
	Interaction string          `json:"interaction,omitempty"`
	Customer    string          `json:"customer,omitempty"`
	Data        json.RawMessage `json:"data"`
	Body        json.RawMessage `json:"body,omitempty"`
}

// snapshot is the content of [SnapshotFile]. Data is a string, because a snapshot may be
// several JSON values.
type snapshot struct {
	Seq     uint64    `json:"seq"`
	At      time.Time `json:"at"`
	Version int       `json:"version"`
	Data    string    `json:"data"`
}

// Has reports whether a golden has a form of the journal, which is named by its file.
func Has(dir, file string) bool {
	_, err := os.Stat(filepath.Join(dir, file))
	return err == nil
}

// Read returns the content of a file that is compressed.
func Read(dir, file string) ([]byte, error) {
	f, err := os.Open(filepath.Join(dir, file))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("golden: %s: %w", file, err)
	}
	return io.ReadAll(z)
}

// ReadJournal returns the records and the snapshot of a golden as a journal in memory.
func ReadJournal(ctx context.Context, dir string) (*store.Memory, error) {
	data, err := Read(dir, JournalFile)
	if err != nil {
		return nil, err
	}
	m := store.NewMemory()
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<24)
	for first := true; lines.Scan(); first = false {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("golden: %s: %w", JournalFile, err)
		}
		if first && r.Seq > 1 {
			if err := m.Place(ctx, r.Seq-1, nil); err != nil {
				return nil, err
			}
		}
		if err := m.Append(ctx, r.Seq-1, []store.Record{r.plain()}); err != nil {
			return nil, err
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return m, readSnapshot(ctx, m, dir)
}

func (r *record) plain() store.Record {
	return store.Record{
		Seq: r.Seq, At: r.At, Kind: r.Kind, Version: r.Version, Interaction: r.Interaction, Customer: r.Customer, Data: r.Data, Body: r.Body,
	}
}

func readSnapshot(ctx context.Context, m *store.Memory, dir string) error {
	data, err := Read(dir, SnapshotFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var s snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("golden: %s: %w", SnapshotFile, err)
	}
	return m.SaveSnapshot(ctx, store.Snapshot{Seq: s.Seq, At: s.At, Version: s.Version, Data: []byte(s.Data)})
}

// Unpack writes a file of a golden, uncompressed, to another folder and returns its path.
func Unpack(dir, file, to string) (string, error) {
	data, err := Read(dir, file)
	if err != nil {
		return "", err
	}
	path := filepath.Join(to, file[:len(file)-len(".gz")])
	return path, os.WriteFile(path, data, 0o600)
}
