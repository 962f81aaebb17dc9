package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/internal/pack"
)

// statements are the queries with the names of the configuration.
type statements struct {
	create, id, owner, lock, unlock, begin, renew, leave, head string
	append, load, find, snapshot, saved, old, drop, dropKept   string
	row, strip, rowKept, stripKept, vacuum, place, size        string
}

// fence finds the center's row if the journal is still this one's. The lock does not keep
// appends from the row, and keeps it from the next owner until the statement is done.
const fence = "SELECT id FROM {center} WHERE id = $1 AND epoch = $2 FOR KEY SHARE"

// unflushed is true and has the commit of its statement return before the server's WAL is
// flushed, so that appends do not wait for two flushes. What is committed later is flushed
// with it.
const unflushed = "set_config('synchronous_commit', 'off', true) = 'off'"

func (c *Config) statements() statements {
	n := c.name
	return statements{
		create: n("INSERT INTO {center} (name) VALUES ($1) ON CONFLICT DO NOTHING"),
		id:     n("SELECT id FROM {center} WHERE name = $1"),
		owner:  n("SELECT owner, until, until < clock_timestamp() FROM {center} WHERE id = $1 FOR UPDATE"),
		lock:   "SELECT pg_try_advisory_lock(hashtextextended($1, 0))",
		unlock: "SELECT pg_advisory_unlock(hashtextextended($1, 0))",
		begin: n(`UPDATE {center} SET epoch = epoch + 1, owner = $2, until = clock_timestamp() + $3::interval
			WHERE id = $1 RETURNING epoch`),
		renew: n(`UPDATE {center} SET until = clock_timestamp() + $3::interval WHERE id = $1 AND epoch = $2 RETURNING last`),
		leave: n(`UPDATE {center} SET until = clock_timestamp() - interval '1 s' WHERE id = $1 AND epoch = $2`),
		head:  n("SELECT epoch, owner, last FROM {center} WHERE id = $1"),
		append: n(`WITH head AS (
				UPDATE {center} SET last = $4, until = clock_timestamp() + $5::interval WHERE id = $1 AND epoch = $2 AND last = $3 RETURNING id
			), b AS (
				INSERT INTO {batch} (center, first, last, sum, records)
				SELECT head.id, r.* FROM head, unnest($6::bigint[], $7::bigint[], $8::bigint[], $9::text[]) AS r
			), m AS (
				INSERT INTO {mention} (center, kind, id, first)
				SELECT head.id, r.* FROM head, unnest($10::smallint[], $11::text[], $12::bigint[]) AS r
			) SELECT id FROM head`),
		// begins is true where a gap before the row is no damage.
		load: n(`(SELECT seq AS first, seq AS last, sum, record AS records, true AS begins FROM {kept}
				WHERE center = $1 AND seq >= $2 ORDER BY seq LIMIT $3)
			UNION ALL
			(SELECT first, last, sum, records, first = (SELECT min(first) FROM {batch} WHERE center = $1) FROM {batch} WHERE center = $1
				AND first >= coalesce((SELECT max(first) FROM {batch} WHERE center = $1 AND first <= $2), $2) AND last >= $2 ORDER BY first LIMIT $3)
			ORDER BY first LIMIT $3`),
		find: n(`(SELECT seq AS first, seq AS last, sum, record AS records, true AS begins FROM {kept}
				WHERE $2 = 1 AND center = $1 AND interaction = $3 AND seq > $4 ORDER BY seq LIMIT $5)
			UNION ALL
			(SELECT seq, seq, sum, record, true FROM {kept}
				WHERE $2 = 2 AND center = $1 AND customer = $3 AND customer <> '' AND seq > $4 ORDER BY seq LIMIT $5)
			UNION ALL
			(SELECT b.first, b.last, b.sum, b.records, true FROM {mention} AS m JOIN {batch} AS b ON b.center = m.center AND b.first = m.first
				WHERE m.center = $1 AND m.kind = $2 AND m.id = $3 AND m.first > $4 ORDER BY m.first LIMIT $5)
			ORDER BY first LIMIT $5`),
		snapshot: n(`INSERT INTO {snapshot} AS s (center, seq, at, version, sum, data)
			SELECT id, $3, $4, $5, $6, $7 FROM {center} WHERE id = $1 AND epoch = $2 AND last >= $3 FOR KEY SHARE
			ON CONFLICT (center) DO UPDATE SET seq = excluded.seq, at = excluded.at, version = excluded.version, sum = excluded.sum, data = excluded.data
			WHERE s.seq <= excluded.seq`),
		saved: n(`SELECT seq, at, version, sum, data, (SELECT coalesce(max(last), 0) FROM {batch} WHERE center = $1)
			FROM {snapshot} WHERE center = $1`),
		// The lower bound spares the walk over index entries of rows that were deleted and not vacuumed yet.
		old: n(`SELECT first, last, sum, records, true FROM {batch} WHERE center = $1 AND first < $2 AND last < $2 AND first > $4
			AND last <= coalesce((SELECT seq FROM {snapshot} WHERE center = $1), 0) ORDER BY first LIMIT $3`),
		drop: n(`WITH head AS (` + fence + `), k AS (
				INSERT INTO {kept} (center, seq, interaction, customer, sum, record)
				SELECT head.id, r.* FROM head, unnest($3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[]) AS r ON CONFLICT DO NOTHING
			), m AS (
				DELETE FROM {mention} AS m USING head, unnest($8::smallint[], $9::text[], $10::bigint[]) AS r (kind, id, first)
				WHERE m.center = head.id AND m.kind = r.kind AND m.id = r.id AND m.first = r.first
			), b AS (
				DELETE FROM {batch} AS b USING head WHERE b.center = head.id AND b.first = ANY ($11::bigint[])
			) SELECT id FROM head WHERE ` + unflushed),
		dropKept: n(`WITH head AS (` + fence + `), k AS (
				DELETE FROM {kept} AS k USING head WHERE k.center = head.id AND k.seq IN (
					SELECT o.seq FROM {kept} AS o WHERE o.center = $1 AND o.seq < $3
					AND NOT EXISTS (SELECT FROM unnest($4::text[]) AS n (id) WHERE n.id = o.interaction) LIMIT $5)
				RETURNING seq
			) SELECT (SELECT count(*) FROM k) FROM head WHERE ` + unflushed),
		row: n("SELECT first, last, sum, records, true FROM {batch} WHERE center = $1 AND first <= $2 ORDER BY first DESC LIMIT 1"),
		strip: n(`WITH head AS (` + fence + `), b AS (
				UPDATE {batch} AS b SET sum = r.sum, records = r.records
				FROM head, unnest($3::bigint[], $4::bigint[], $5::text[]) AS r (first, sum, records) WHERE b.center = head.id AND b.first = r.first
			) SELECT id FROM head`),
		rowKept: n("SELECT seq, seq, sum, record, true FROM {kept} WHERE center = $1 AND seq = ANY ($2::bigint[]) ORDER BY seq"),
		stripKept: n(`WITH head AS (` + fence + `), k AS (
				UPDATE {kept} AS k SET sum = r.sum, record = r.record
				FROM head, unnest($3::bigint[], $4::bigint[], $5::text[]) AS r (seq, sum, record) WHERE k.center = head.id AND k.seq = r.seq
			) SELECT id FROM head`),
		place: n(`WITH head AS (UPDATE {center} SET last = $3 WHERE id = $1 AND epoch = $2 AND last = 0 RETURNING id), k AS (
				INSERT INTO {kept} (center, seq, interaction, customer, sum, record)
				SELECT head.id, r.* FROM head, unnest($4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::text[]) AS r
			) SELECT id FROM head`),
		size: n(`SELECT sum(pg_total_relation_size(t::regclass))::bigint
			FROM unnest(ARRAY['{center}', '{batch}', '{mention}', '{kept}', '{snapshot}']) AS t`),
		vacuum: n("VACUUM {batch}, {kept}, {snapshot}"),
	}
}

// Append implements [store.Journal]. When the connection breaks, or an attempt has no
// answer, it finds out whether the records are there and tries again, until the patience is
// over.
func (j *Journal) Append(ctx context.Context, expect uint64, records []store.Record) error {
	patience, cancel := context.WithTimeout(ctx, j.cfg.Patience)
	defer cancel()
	first := true
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := j.conns.within(patience, j.attempt(), func(ctx context.Context, pool *pgxpool.Pool) error {
			if !first {
				if there, err := j.settle(ctx, pool, expect, records); there || err != nil {
					return err
				}
			}
			return j.append(ctx, pool, expect, records)
		})
		if !first && j.wrote(err, records) {
			return nil
		}
		if err == nil || !passing(err) || errors.Is(err, store.ErrGap) || errors.Is(err, store.ErrClosed) {
			return known(err)
		}
		first = false
		select {
		case <-patience.Done():
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return known(fmt.Errorf("%w within %s: append: %w", store.ErrNoAnswer, j.cfg.Patience, err))
		case <-time.After(wait):
		}
	}
}

// wrote reports whether a conflict is with an earlier attempt at the same records, which
// the server completed after it was given up: only this process writes in its epoch.
func (j *Journal) wrote(err error, records []store.Record) bool {
	conflict, ok := errors.AsType[*store.ConflictError](err)
	return ok && conflict.Owner == "" && len(records) > 0 && conflict.Last == records[len(records)-1].Seq
}

// settle finds out whether records whose append was cut off are in the journal.
func (j *Journal) settle(ctx context.Context, q querier, expect uint64, records []store.Record) (there bool, err error) {
	var epoch int64
	var owner string
	var last uint64
	if err := q.QueryRow(ctx, j.sql.head, j.id).Scan(&epoch, &owner, &last); err != nil {
		return false, err
	}
	switch {
	case epoch != j.epoch:
		return false, j.conflict(ctx, q, expect)
	case last == expect:
		return false, nil
	case len(records) > 0 && last == records[len(records)-1].Seq:
		return true, nil // only this process writes in its epoch
	}
	return false, &store.ConflictError{Expect: expect, Last: last}
}

// AppendTx is Append in a transaction of the host's: the records are in the journal when
// it commits, together with whatever else it does. The journal stands still until then,
// and with it the center, so call it last and commit at once.
//
// It is for the function given to the center's DoWith, and for nothing beside a center.
func (j *Journal) AppendTx(ctx context.Context, tx pgx.Tx, expect uint64, records []store.Record) error {
	ctx, cancel := context.WithTimeout(ctx, j.cfg.Patience)
	defer cancel()
	return known(j.append(ctx, tx, expect, records))
}

func (j *Journal) append(ctx context.Context, q querier, expect uint64, records []store.Record) error {
	if j.closed.Load() {
		return store.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := store.Consecutive(expect, records); err != nil {
		return err
	}
	began := time.Now()
	a := newArrays(records)
	var id int32
	err := q.QueryRow(ctx, j.sql.append, j.id, j.epoch, expect, expect+uint64(len(records)), j.cfg.Lease,
		a.firsts, a.lasts, a.sums, a.texts, a.kinds, a.ids, a.where).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return j.conflict(ctx, q, expect)
	}
	if err == nil {
		j.renewed(began)
	}
	return err
}

// arrays are rows in the form that unnest takes.
type arrays struct {
	firsts, lasts, sums []int64
	texts               []string
	kinds               []int16
	ids                 []string
	where               []int64
}

// keptRows are rows of the table kept in the form that unnest takes.
type keptRows struct {
	seqs, sums                       []int64
	interactions, customers, records []string
}

func (k *keptRows) add(r *store.Record) {
	row := pack.NewRow([]store.Record{*r})
	k.seqs, k.sums = append(k.seqs, int64(r.Seq)), append(k.sums, int64(row.Sum))
	k.interactions, k.customers, k.records = append(k.interactions, r.Interaction), append(k.customers, r.Customer), append(k.records, string(row.Data))
}

func newArrays(records []store.Record) arrays {
	a := arrays{}
	for _, r := range pack.Rows(records) {
		a.add(&r)
		m := pack.Mentions{}
		m.Note(r.First, records[r.First-records[0].Seq:r.Last-records[0].Seq+1])
		a.mention(m)
	}
	return a
}

func (a *arrays) add(r *pack.Row) {
	a.firsts, a.lasts = append(a.firsts, int64(r.First)), append(a.lasts, int64(r.Last))
	a.sums, a.texts = append(a.sums, int64(r.Sum)), append(a.texts, string(r.Data))
}

func (a *arrays) mention(m pack.Mentions) {
	for q, list := range m.All() {
		kind, id := pack.Key(q)
		for _, first := range list {
			a.kinds, a.ids, a.where = append(a.kinds, int16(kind)), append(a.ids, id), append(a.where, int64(first))
		}
	}
}
