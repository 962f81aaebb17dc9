package sqlite

import lib "modernc.org/sqlite/lib"

// kind is which error of package store a failure becomes.
type kind int

const (
	failed      kind = iota // *store.IOError
	full                    // store.ErrFull
	readOnly                // store.ErrReadOnly
	damaged                 // *store.CorruptError
	interrupted             // context.Canceled
)

// meaning is what a failure says to an operator.
type meaning struct {
	kind    kind
	problem string
	do      string
}

// What to do about a failure.
const (
	doRoom    = "make room on its disk; the journal works again then, without being opened again"
	doRemount = "mount the file system for writing, after the journal was closed, and open the journal again"
	doPermit  = "give the process the right to read and write the file and its folder; an open journal works again then"
	doFolder  = "create the folder, or correct the path, and open the journal again"
	doPath    = "correct the path, and open the journal again"
	doDisk    = "check the disk and the log of the system, then close the journal and open it again"
	doWait    = "end the program that has the file open, such as sqlite3 or a backup, or wait for its end; the journal works again then"
	doMemory  = "give the process more memory; the journal works again then"
	doLocal   = "keep the file on a local disk, end other programs that have it open, and open the journal again"
	doRestore = "keep a copy of the files and restore the journal from a backup"
	doReport  = "close the journal and open it again; if the error comes back, run PRAGMA integrity_check and report the error"
	doSmaller = "write less at once: one value must be smaller than 1 GB"
)

// meanings has every result code of SQLite that is an error. An extended code that has no
// line means what its primary code (its low byte) does.
var meanings = map[int]meaning{
	lib.SQLITE_BUSY:   {failed, "another program holds a lock on the file for more than " + busyTimeout.String(), doWait},
	lib.SQLITE_LOCKED: {failed, "another statement holds a lock on a table for more than " + busyTimeout.String(), doWait},

	lib.SQLITE_FULL: {full, "there is no room to write", doRoom},

	lib.SQLITE_READONLY:           {readOnly, "the file may not be written", doPermit},
	lib.SQLITE_READONLY_RECOVERY:  {readOnly, "the WAL has to be recovered and may not be written", doPermit},
	lib.SQLITE_READONLY_ROLLBACK:  {readOnly, "a rollback journal has to be played back and may not be written", doPermit},
	lib.SQLITE_READONLY_DIRECTORY: {readOnly, "the folder of the file may not be written", doPermit},
	lib.SQLITE_READONLY_DBMOVED:   {failed, "the file was moved or removed while the journal was open", "put it back and open the journal again"},
	lib.SQLITE_PERM:               {readOnly, "this process may not use the file", doPermit},
	lib.SQLITE_AUTH:               {readOnly, "this process may not use the file", doPermit},

	lib.SQLITE_CANTOPEN:          {failed, "the file or its WAL cannot be opened", doDisk},
	lib.SQLITE_CANTOPEN_ISDIR:    {failed, "the path is that of a folder", doPath},
	lib.SQLITE_CANTOPEN_SYMLINK:  {failed, "the path is a symbolic link", doPath},
	lib.SQLITE_CANTOPEN_DIRTYWAL: {failed, "there is a WAL that does not belong to the file", doRestore},

	lib.SQLITE_IOERR:                 {failed, "reading or writing failed", doDisk},
	lib.SQLITE_IOERR_READ:            {failed, "reading failed", doDisk},
	lib.SQLITE_IOERR_SHORT_READ:      {damaged, "a file is shorter than it should be", doRestore},
	lib.SQLITE_IOERR_WRITE:           {failed, "writing failed", doDisk},
	lib.SQLITE_IOERR_FSYNC:           {failed, "flushing a file to the disk failed", doDisk},
	lib.SQLITE_IOERR_DIR_FSYNC:       {failed, "flushing the folder to the disk failed", doDisk},
	lib.SQLITE_IOERR_TRUNCATE:        {failed, "changing the size of a file failed", doDisk},
	lib.SQLITE_IOERR_DELETE:          {failed, "removing a file failed", doDisk},
	lib.SQLITE_IOERR_DELETE_NOENT:    {failed, "a file was removed while the journal was open", doDisk},
	lib.SQLITE_IOERR_NOMEM:           {failed, "SQLite got no memory", doMemory},
	lib.SQLITE_IOERR_LOCK:            {failed, "locking a file failed", doLocal},
	lib.SQLITE_IOERR_RDLOCK:          {failed, "locking a file failed", doLocal},
	lib.SQLITE_IOERR_UNLOCK:          {failed, "unlocking a file failed", doLocal},
	lib.SQLITE_IOERR_SHMLOCK:         {failed, "locking the -shm file failed", doLocal},
	lib.SQLITE_IOERR_SHMOPEN:         {failed, "opening the -shm file failed", doDisk},
	lib.SQLITE_IOERR_SHMSIZE:         {failed, "changing the size of the -shm file failed", doDisk},
	lib.SQLITE_IOERR_SHMMAP:          {failed, "mapping the -shm file into memory failed", doDisk},
	lib.SQLITE_IOERR_IN_PAGE:         {failed, "the -shm file could not be read or written in memory", doDisk},
	lib.SQLITE_IOERR_AUTH:            {readOnly, "this process may not use the file", doPermit},
	lib.SQLITE_IOERR_DATA:            {damaged, "a page of the file does not have its checksum", doRestore},
	lib.SQLITE_IOERR_CORRUPTFS:       {damaged, "the file system is damaged", "repair the file system (fsck), keep a copy of the files and restore the journal from a backup"},
	lib.SQLITE_IOERR_CONVPATH:        {failed, "the path cannot be used", doPath},
	lib.SQLITE_IOERR_GETTEMPPATH:     {failed, "there is no folder for temporary files", "set TMPDIR to a folder that can be written, and open the journal again"},
	lib.SQLITE_IOERR_BLOCKED:         {failed, "reading or writing was blocked", doDisk},
	lib.SQLITE_IOERR_ROLLBACK_ATOMIC: {failed, "taking back a write failed", doDisk},

	lib.SQLITE_CORRUPT:    {damaged, "the file is damaged", doRestore},
	lib.SQLITE_NOTADB:     {damaged, "the file is not an SQLite database", "correct the path, or " + doRestore},
	lib.SQLITE_CONSTRAINT: {damaged, "the file has rows that this journal did not write", "end other programs that write to the file; " + doRestore},
	lib.SQLITE_MISMATCH:   {damaged, "the file has values that this journal did not write", "end other programs that write to the file; " + doRestore},
	lib.SQLITE_SCHEMA:     {failed, "another program changed the tables", "end other programs that write to the file, and open the journal again"},

	lib.SQLITE_NOMEM:     {failed, "SQLite got no memory", doMemory},
	lib.SQLITE_PROTOCOL:  {failed, "the locks of the file were not given up in time by others that open it", doLocal},
	lib.SQLITE_TOOBIG:    {failed, "a value is larger than SQLite can store", doSmaller},
	lib.SQLITE_NOLFS:     {failed, "the file is larger than this system allows", "keep it on a file system for large files"},
	lib.SQLITE_INTERRUPT: {interrupted, "the call was cancelled", ""},
	lib.SQLITE_ABORT:     {failed, "a statement was aborted", doReport},

	lib.SQLITE_ERROR:    {failed, "SQLite refused a statement", doReport},
	lib.SQLITE_INTERNAL: {failed, "SQLite failed", doReport},
	lib.SQLITE_NOTFOUND: {failed, "SQLite does not know an operation", doReport},
	lib.SQLITE_EMPTY:    {failed, "SQLite failed", doReport},
	lib.SQLITE_MISUSE:   {failed, "SQLite was used in a wrong way", doReport},
	lib.SQLITE_FORMAT:   {failed, "SQLite failed", doReport},
	lib.SQLITE_RANGE:    {failed, "SQLite was used in a wrong way", doReport},
	lib.SQLITE_NOTICE:   {failed, "SQLite returned a notice as an error", doReport},
	lib.SQLITE_WARNING:  {failed, "SQLite returned a warning as an error", doReport},
}
