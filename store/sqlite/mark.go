package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"slices"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pack"
)

// mark is the acknowledged end of the journal, kept in a file of its own: the last record,
// and how far the WAL had been written and flushed. SQLite reads a damaged WAL as one that
// ends before the damage, as if what follows had never been there; the mark tells the two
// apart.
//
// The mark is written after the flush of the commit that it names and is not flushed
// itself. A process that is killed leaves it exact. After a loss of power it may be older
// than the end, or empty, but it never names what is not on the disk. So a journal that
// has less than its mark has lost something, and one that has more has not.
type mark struct {
	number uint64 // of the mark; the highest counts
	last   uint64 // record
	salt   [8]byte
	frames uint32 // of the WAL with that salt, all acknowledged
}

const markFormat = "mark %020d: last record %020d, wal %016x has %010d frames, checksum "

func (m mark) encode() []byte {
	line := fmt.Appendf(make([]byte, 0, 160), markFormat, m.number, m.last, binary.BigEndian.Uint64(m.salt[:]), m.frames)
	return fmt.Appendf(line, "%08x\n", pack.Sum(line))
}

// decodeMark returns false for what is not a whole mark.
func decodeMark(slot []byte) (m mark, ok bool) {
	const sum = 9
	end := bytes.IndexByte(slot, '\n') + 1
	if end <= sum {
		return m, false
	}
	line := slot[:end-sum]
	if string(slot[len(line):end]) != fmt.Sprintf("%08x\n", pack.Sum(line)) {
		return m, false
	}
	var salt uint64
	if _, err := fmt.Sscanf(string(line), markFormat, &m.number, &m.last, &salt, &m.frames); err != nil {
		return m, false
	}
	binary.BigEndian.PutUint64(m.salt[:], salt)
	return m, true
}

// markPath is where the mark of a journal is.
func markPath(path string) string { return path + ".mark" }

// markSlots is how many marks the file has, written in turn, so that one that is cut off
// leaves the one before it.
const (
	markSlots = 2
	markSlot  = 2048 // bytes
)

// readMark returns the mark of a journal; false if there is none that can be trusted.
func readMark(path string) (latest mark, ok bool) {
	data, err := os.ReadFile(markPath(path))
	if err != nil {
		return mark{}, false
	}
	for slot := range slices.Chunk(data, markSlot) {
		if m, whole := decodeMark(slot); whole && (!ok || m.number > latest.number) {
			latest, ok = m, true
		}
	}
	return latest, ok
}

// markFile is the file of the mark, open for writing.
type markFile struct {
	file   *os.File
	mapped []byte // the file in memory; nil where that is not possible
	number uint64
}

// openMark opens the file after a mark. Its room is taken now, so that neither a full disk
// nor the file's metadata is a matter of later writes.
func openMark(path string, after uint64) (*markFile, error) {
	f, err := os.OpenFile(markPath(path), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < markSlots*markSlot {
		_, err = f.WriteAt(make([]byte, markSlots*markSlot-info.Size()), info.Size())
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	m := &markFile{file: f, number: after}
	if m.mapped, err = mapFile(f, markSlots*markSlot); err != nil {
		m.mapped = nil
	}
	return m, nil
}

// write writes a mark. One that cannot be written stays behind the end, which is allowed:
// the commit is on the disk. In memory a write costs nothing but the copying, where a call
// of the system changes the file's time, which the next flush of the WAL would have to
// wait for.
func (f *markFile) write(m mark) {
	f.number++
	m.number = f.number
	at := int(m.number%markSlots) * markSlot
	if f.mapped == nil {
		_, _ = f.file.WriteAt(m.encode(), int64(at))
		return
	}
	// Memory of a file that was cut, or whose disk is gone, is a fault when it is written.
	defer func(was bool) { _ = recover(); debug.SetPanicOnFault(was) }(debug.SetPanicOnFault(true))
	copy(f.mapped[at:], m.encode())
}

func (f *markFile) close() error {
	if f.mapped != nil {
		if err := unmapFile(f.mapped); err != nil {
			return err
		}
	}
	return f.file.Close()
}

// acknowledge writes the mark after a commit.
func (j *Journal) acknowledge() {
	if j.mark == nil {
		return
	}
	j.tail.advance()
	j.mark.write(mark{last: j.ended, salt: j.tail.at.salt, frames: j.tail.at.frames})
}

// verify compares the WAL with the mark before SQLite opens it, because SQLite would
// overwrite what is behind the damage. It returns a *[store.CorruptError] when a frame
// that was acknowledged is not there any more.
func (j *Journal) verify(ctx context.Context) error {
	if m, ok := readMark(j.cfg.Path); ok && m.last > 0 {
		if info, err := os.Stat(j.cfg.Path); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
			return j.missing(0, m.last, "the file "+j.cfg.Path+" was removed")
		}
	}
	wal, err := os.Open(j.cfg.Path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil // all of it is in the file, or check finds that it is not
	}
	if err != nil {
		return err
	}
	defer wal.Close()
	for {
		m, ok := readMark(j.cfg.Path)
		if !ok {
			return nil
		}
		problem, err := damageBefore(wal, j.cfg.Path, m)
		if err != nil || problem == "" {
			return err
		}
		// With TakeOver, the process that has the journal may have written meanwhile.
		if now, _ := readMark(j.cfg.Path); now == m {
			return j.missing(lastInFile(ctx, j.cfg.Path), m.last, fmt.Sprintf("the WAL %s: %s", wal.Name(), problem))
		}
	}
}

// damageBefore says what is wrong with the part of the WAL that a mark covers, "" if
// nothing is.
func damageBefore(wal *os.File, path string, m mark) (string, error) {
	p, err := start(wal)
	if errors.Is(err, errHeader) {
		return damagedHeader(wal, path, m)
	}
	if err != nil {
		return "", err
	}
	if p.salt != m.salt {
		return "", nil // a later generation: what the mark covers is in the file
	}
	var buf []byte
	for p.frames < m.frames {
		if ok, _ := p.next(wal, &buf); !ok {
			return fmt.Sprintf("frame %d of the %d that were acknowledged is damaged or missing", p.frames+1, m.frames), nil
		}
	}
	return "", nil
}

// damagedHeader looks at a WAL without a header. SQLite reads it as empty, which loses
// nothing if all of its pages are in the file: then it was about to begin again.
func damagedHeader(wal *os.File, path string, m mark) (string, error) {
	db, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer db.Close()
	var size [2]byte
	if _, err := db.ReadAt(size[:], 16); err != nil {
		return "", nil // not a database: SQLite will say so
	}
	page := int64(binary.BigEndian.Uint16(size[:]))
	if page == 1 {
		page = 1 << 16
	}
	frame := make([]byte, frameHeader+page)
	latest := map[uint32]int64{} // where each page is
	for i := range int64(m.frames) {
		at := walHeader + i*int64(len(frame))
		if _, err := wal.ReadAt(frame, at); err != nil || !bytes.Equal(frame[8:16], m.salt[:]) {
			return "", nil // cut, or written over since: check finds what is missing
		}
		latest[binary.BigEndian.Uint32(frame)] = at
	}
	have := make([]byte, page)
	for number, at := range latest {
		if _, err := wal.ReadAt(frame, at); err != nil {
			return "", err
		}
		_, err := db.ReadAt(have, (int64(number)-1)*page)
		if err != nil || !bytes.Equal(have, frame[frameHeader:]) {
			return errHeader.Error(), nil
		}
	}
	return "", nil
}

// lastInFile returns the last record in the file itself, without the WAL; 0 if it cannot
// be read.
func lastInFile(ctx context.Context, path string) (last uint64) {
	db, err := sql.Open("sqlite", uri(path)+"?mode=ro&immutable=1")
	if err != nil {
		return 0
	}
	defer db.Close()
	_ = db.QueryRowContext(ctx, "SELECT coalesce(max(last), 0) FROM batch").Scan(&last)
	return last
}

// check compares what SQLite reads with the mark that was there before, and with the
// snapshot.
func (j *Journal) check(ctx context.Context, m mark) error {
	last, err := j.end(ctx)
	if err != nil {
		return err
	}
	if last < m.last {
		return j.missing(last, m.last, fmt.Sprintf("the WAL %s-wal was damaged or removed, or the file is an older one", j.cfg.Path))
	}
	var snapshot uint64
	if err := j.write.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM snapshot").Scan(&snapshot); err != nil {
		return err
	}
	if snapshot > last {
		return &store.SnapshotAheadError{Snapshot: snapshot, Last: last}
	}
	return nil
}

// missing is the error for a journal that ends before its mark.
func (j *Journal) missing(have, acknowledged uint64, problem string) error {
	what := "changes that were acknowledged"
	if acknowledged > have {
		what = fmt.Sprintf("records %d to %d, which were acknowledged,", have+1, acknowledged)
	}
	return &store.CorruptError{Seq: have + 1, Problem: fmt.Sprintf("%s; %s cannot be read. Keep a copy of %[3]s, %[3]s-wal and %[4]s; "+
		"restore the journal from a backup. To continue without what is missing, or when %[3]s is a backup already, delete %[4]s and open again",
		problem, what, j.cfg.Path, markPath(j.cfg.Path))}
}

// follow begins to keep the mark.
func (j *Journal) follow(m mark) (err error) {
	if j.mark, err = openMark(j.cfg.Path, m.number); err == nil {
		j.tail.open(j.cfg.Path + "-wal")
	}
	return err
}
