package sqlite

import (
	"fmt"

	lib "modernc.org/sqlite/lib"
)

// ResultError is an error of the driver with a result code, which only the driver can make.
type ResultError int

func (r ResultError) Error() string { return fmt.Sprintf("result %d", int(r)) }

// Code is that of the driver's error.
func (r ResultError) Code() int { return int(r) }

// Known returns what the journal makes of an error.
func (j *Journal) Known(err error) error { return j.known(err) }

// IsListed reports whether a result code, or its primary code, is in the table.
func IsListed(code int) bool {
	_, exact := meanings[code]
	_, primary := meanings[code&0xff]
	return exact || primary && code&0xff != lib.SQLITE_OK
}
