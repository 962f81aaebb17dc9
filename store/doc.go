// Package store keeps what happened in a center: its journal.
//
// A [Journal] is the durable log of one center, with snapshots of the state so that
// opening it does not mean reading everything. [Memory] is the one that forgets at the end
// of the process: the default, and what tests use. Adapters for databases implement the
// same interface and pass the suite of package storetest.
//
// The store does not read what it keeps: records carry JSON whose form is the center's.
package store
