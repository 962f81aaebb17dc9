// Package sqlite is a [store.Journal] in one SQLite file: the journal for a center that is
// one process on one machine. It is pure Go and needs no server.
//
//	j, err := sqlite.Open(ctx, sqlite.Config{Path: "data/center.db"})
//
// Every acknowledged event is on the disk: the file is in WAL mode with synchronous=FULL,
// because NORMAL loses acknowledged transactions when the power fails. What a group commit
// holds is one row of the table batch, a JSON array with a line for each record, so that a
// commit costs one write and one flush. The view record shows the records one by one:
//
//	sqlite3 data/center.db "select seq, at, kind, interaction from record order by seq desc limit 20"
//
// The file is its process's own while it is open: a second one is refused with a
// *[store.OwnedError], and starts at once when the first has ended, however it ended.
// Anybody may read beside it. Keep the file on a local disk: locks and flushes of network
// file systems cannot be trusted.
//
// # Errors
//
// Every error of SQLite and of the operating system is one of package store: [store.ErrFull],
// [store.ErrReadOnly], a *[store.CorruptError], or a *[store.IOError] for everything else, among
// that a lock which another program holds for more than 5 seconds. Its text has the path, what
// failed, and what to do. The driver's error is wrapped.
//
// After a write that failed the next append reads the end of the journal again, so an open
// journal works again when the reason is gone: there is room, or the right to write is back. It
// must be closed and opened again after its files were removed or replaced, and after its
// file system was mounted again. The text says which applies.
package sqlite
