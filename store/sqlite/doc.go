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
package sqlite
