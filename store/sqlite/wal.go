package sqlite

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// Sizes in a WAL file, as https://www.sqlite.org/fileformat.html#walformat has them.
const (
	walHeader   = 32
	frameHeader = 24
)

// position is a place in a WAL behind one of its frames: which generation of the WAL it is
// (SQLite gives each a new salt when it begins again at the first frame), how many frames
// there are up to it, and the checksum so far, which the next frame continues.
type position struct {
	salt   [8]byte
	frames uint32
	page   int64 // bytes in a page
	order  binary.ByteOrder
	sum    [2]uint32
}

// errHeader is returned for a WAL whose header is missing or is not what was written.
// SQLite reads such a WAL as empty.
var errHeader = errors.New("its header is damaged")

// start returns the position before the first frame.
func start(wal io.ReaderAt) (position, error) {
	var h [walHeader]byte
	if n, err := wal.ReadAt(h[:], 0); n < len(h) {
		if errors.Is(err, io.EOF) {
			err = errHeader
		}
		return position{}, err
	}
	p := position{page: int64(binary.BigEndian.Uint32(h[8:])), order: binary.LittleEndian}
	const magic = 0x377f0682
	switch binary.BigEndian.Uint32(h[:]) {
	case magic:
	case magic + 1:
		p.order = binary.BigEndian
	default:
		return p, errHeader
	}
	p.add(h[:24])
	copy(p.salt[:], h[16:])
	if !p.is(h[24:]) || p.page < 512 || p.page > 1<<16 {
		return p, errHeader
	}
	return p, nil
}

// add continues the checksum.
func (p *position) add(data []byte) {
	a, b := p.sum[0], p.sum[1]
	if p.order == binary.LittleEndian {
		for ; len(data) >= 8; data = data[8:] {
			a += binary.LittleEndian.Uint32(data) + b
			b += binary.LittleEndian.Uint32(data[4:]) + a
		}
	} else {
		for ; len(data) >= 8; data = data[8:] {
			a += binary.BigEndian.Uint32(data) + b
			b += binary.BigEndian.Uint32(data[4:]) + a
		}
	}
	p.sum = [2]uint32{a, b}
}

// is reports whether a stored checksum is the one so far.
func (p *position) is(stored []byte) bool {
	return binary.BigEndian.Uint32(stored) == p.sum[0] && binary.BigEndian.Uint32(stored[4:]) == p.sum[1]
}

// offset returns where the frame behind the position begins.
func (p *position) offset() int64 { return walHeader + int64(p.frames)*(frameHeader+p.page) }

// next moves behind the next frame, if that is whole and of the same generation. commit
// says that the frame is the last of a transaction.
func (p *position) next(wal io.ReaderAt, buf *[]byte) (ok, commit bool) {
	size := int(frameHeader + p.page)
	if len(*buf) < size {
		*buf = make([]byte, size)
	}
	frame := (*buf)[:size]
	if n, _ := wal.ReadAt(frame, p.offset()); n < size || [8]byte(frame[8:16]) != p.salt {
		return false, false
	}
	q := *p
	q.add(frame[:8])
	q.add(frame[frameHeader:])
	if !q.is(frame[16:]) {
		return false, false
	}
	q.frames++
	*p = q
	return true, binary.BigEndian.Uint32(frame[4:]) != 0
}

// tail follows the end of the WAL from commit to commit.
type tail struct {
	path string
	wal  *os.File // nil until it is there
	at   position
	buf  []byte
}

// open finds the end of the WAL as it is.
func (t *tail) open(path string) {
	t.path = path
	for t.advance() {
	}
}

// advance moves behind the next commit and reports whether there is one. Where the WAL
// cannot be read it stays: then the mark is behind, which it may be.
func (t *tail) advance() bool {
	if t.wal == nil {
		f, err := os.Open(t.path)
		if err != nil {
			return false
		}
		t.wal = f
	}
	p := t.at
	if first, err := start(t.wal); err != nil {
		return false
	} else if first.salt != p.salt {
		p = first
	}
	for {
		ok, commit := p.next(t.wal, &t.buf)
		if !ok {
			return false
		}
		if commit {
			t.at = p
			return true
		}
	}
}

func (t *tail) close() {
	if t.wal != nil {
		_ = t.wal.Close()
	}
}
