// Package pack is the form in which adapters keep several records in one row: a JSON
// array with a line for each record, and a checksum.
//
//	[{"seq":7,"at":"2026-03-02T09:00:00Z","kind":"interaction.opened","v":1,"interaction":"…","customer":"…","data":{…},"body":{…}},
//	{"seq":8,…}]
package pack

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/usher-go/usher/internal/jsontext"
	"github.com/usher-go/usher/store"
)

// Append adds the packed form of records to dst.
func Append(dst []byte, records []store.Record) []byte {
	sep := "["
	for i := range records {
		dst = append(dst, sep...)
		dst = appendRecord(dst, &records[i])
		sep = ",\n"
	}
	return append(dst, ']')
}

func appendRecord(dst []byte, r *store.Record) []byte {
	o := jsontext.Begin(dst)
	o.Uint("seq", r.Seq)
	o.Time("at", r.At)
	o.String("kind", r.Kind)
	o.Int("v", int64(r.Version))
	o.String("interaction", r.Interaction)
	o.String("customer", r.Customer)
	o.Value("data", r.Data)
	o.Value("body", r.Body)
	return o.End()
}

// line is a record as it is read back.
type line struct {
	Seq         uint64          `json:"seq"`
	At          time.Time       `json:"at"`
	Kind        string          `json:"kind"`
	Version     int             `json:"v"`
	Interaction string          `json:"interaction"`
	Customer    string          `json:"customer"`
	Data        json.RawMessage `json:"data"`
	Body        json.RawMessage `json:"body"`
}

// Unpack checks the sum of what was packed and returns its records: those from first to
// last, or a *[store.CorruptError].
func Unpack(data []byte, sum uint32, first, last uint64) ([]store.Record, error) {
	if got := Sum(data); got != sum {
		return nil, &store.CorruptError{Seq: first, Problem: fmt.Sprintf("checksum is %08x, want %08x", got, sum)}
	}
	var lines []line
	if err := json.Unmarshal(data, &lines); err != nil {
		return nil, &store.CorruptError{Seq: first, Problem: err.Error()}
	}
	records := make([]store.Record, len(lines))
	for i, l := range lines {
		records[i] = store.Record{
			Seq: l.Seq, At: l.At, Kind: l.Kind, Version: l.Version, Interaction: l.Interaction, Customer: l.Customer, Data: l.Data, Body: l.Body,
		}
	}
	if err := store.Consecutive(first-1, records); err != nil || uint64(len(records)) != last-first+1 {
		return nil, &store.CorruptError{Seq: first, Problem: fmt.Sprintf("%d records where %d to %d belong", len(records), first, last)}
	}
	return records, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Sum is the checksum of packed records, CRC-32C.
func Sum(data []byte) uint32 { return crc32.Checksum(data, castagnoli) }
