// Package postgres is a [store.Journal] in PostgreSQL: for centers whose host has a
// database already, wants several machines to stand by for one another, or wants "order
// paid" and "customer queued" to be one transaction.
//
//	if err := postgres.Up(ctx, pool, cfg); err != nil { … }   // or run postgres.SQL(cfg) by hand
//	j, err := postgres.Open(ctx, pool, postgres.Config{Center: "main"})
//
// Many centers share the tables; each has one owner at a time. An owner that ends, however,
// is followed at once. One that hangs is followed when its lease is over, and is refused by
// every write from then on: see [Config.Lease].
//
// A group commit is one statement, one round trip and one row of the table batch, whose
// text is a JSON array with a line for each record; the view record shows them one by one:
//
//	select seq, at, kind, interaction from usher_record where center = 'main' order by seq desc limit 20;
//
// [Journal.AppendTx] writes in a transaction of the host's.
package postgres
