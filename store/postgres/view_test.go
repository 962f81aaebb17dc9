package postgres_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/storetest"
)

// The documented query works whatever people wrote: what PostgreSQL's text cannot hold is
// U+FFFD in the view, and everything else is itself. The journal has it as it was written.
func TestViewOfHostileText(t *testing.T) {
	const bad = "\uFFFD"
	texts := []struct{ json, want string }{
		{`a\u0000b`, "a" + bad + "b"},
		{`\u0000\u0000`, bad + bad},
		{`\ud83d`, bad},
		{`\uD83Dx`, bad + "x"},
		{`\ude00`, bad},
		{`\ude00\ud83d`, bad + bad},
		{`\ud83d\ud83d\ude00\ude00`, bad + "\U0001F600" + bad},
		{`\ud83d\ude00`, "\U0001F600"},
		{`\\u0000 \\ud83d`, `\u0000 \ud83d`},
		{`\\\u0000`, `\` + bad},
		{`\\\\u0000\u0000`, `\\u0000` + bad},
		{`\\ud83d\ude00`, `\ud83d` + bad},
		{`\ud83d\\ude00`, bad + `\ude00`},
		{`quoted\" \\`, `quoted" \`},
		{`dark \udbff\udfff d800`, "dark \U0010FFFF d800"},
	}
	pool, cfg := migrated(t)
	j := open(t, pool, cfg)
	all := storetest.Records(0, len(texts))
	for i, x := range texts {
		all[i].Body = fmt.Appendf(nil, `{"text":"%s"}`, x.json)
		require.NoError(t, j.Append(t.Context(), uint64(i), all[i:i+1]))
	}
	check := func() {
		rows, err := pool.Query(t.Context(), fmt.Sprintf(`SELECT body ->> 'text' FROM %s.usher_record WHERE center = 'main' ORDER BY seq`, cfg.Schema))
		require.NoError(t, err)
		got, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		require.Len(t, got, len(texts))
		for i, x := range texts {
			assert.Equal(t, x.want, got[i], x.json)
		}
		rows, err = pool.Query(t.Context(), fmt.Sprintf(`select seq, at, kind, interaction from %s.usher_record where center = 'main' order by seq desc limit 20`, cfg.Schema))
		require.NoError(t, err)
		n, err := pgx.CollectRows(rows, pgx.RowToMap)
		require.NoError(t, err)
		assert.Len(t, n, len(texts))
		i := 0
		for r, err := range j.Load(t.Context(), 0) {
			require.NoError(t, err)
			assert.Equal(t, string(all[i].Body), string(r.Body))
			i++
		}
	}
	check()
	// The same of records that a truncation has kept.
	require.NoError(t, j.SaveSnapshot(t.Context(), store.Snapshot{Seq: uint64(len(texts)), Version: 1, Data: []byte("{}")}))
	require.NoError(t, j.Truncate(t.Context(), uint64(len(texts)), []string{"i0", "i1", "i2"}))
	check()
}
