package usher_test

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/internal/golden"
	"github.com/usher-go/usher/internal/golden/state"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
)

// goldens returns the folders of testdata/golden that have a form of the journal.
func goldens(t *testing.T, file string) (dirs []string) {
	t.Helper()
	all, err := filepath.Glob("testdata/golden/v*/*")
	require.NoError(t, err)
	for _, dir := range all {
		if golden.Has(dir, file) {
			dirs = append(dirs, dir)
		}
	}
	require.NotEmpty(t, dirs, file)
	return dirs
}

// openGolden returns a center on a journal, at the instant at which the journal ends.
func openGolden(t *testing.T, j store.Journal, at time.Time, change func(*usher.Options)) *usher.Center {
	t.Helper()
	opts := state.Options(j)
	mock := clock.NewMock()
	mock.Set(at)
	opts.Clock = mock
	if change != nil {
		change(&opts)
	}
	c, err := usher.New(opts)
	require.NoError(t, err)
	return c
}

// A journal that an earlier version wrote opens to the state which that version had, with
// the whole journal, with a snapshot, and with a snapshot and a truncated journal. It accepts
// commands, and has the same state when it is opened again, from the records and from a
// snapshot of this version.
func TestGoldenJournalsOpen(t *testing.T) {
	for _, dir := range goldens(t, golden.JournalFile) {
		for _, every := range []int{1 << 30, 1} {
			name := filepath.Base(dir) + map[int]string{1: ", snapshots", 1 << 30: ""}[every]
			t.Run(name, func(t *testing.T) {
				snapshots := func(o *usher.Options) { o.SnapshotEvery = every }
				j, err := golden.ReadJournal(t.Context(), dir)
				require.NoError(t, err)
				now, err := golden.Now(t.Context(), j)
				require.NoError(t, err)
				c := openGolden(t, j, now, snapshots)
				require.NoError(t, state.Check(t.Context(), dir, c))
				require.NoError(t, state.Use(t.Context(), c))
				want, err := state.Of(t.Context(), c)
				require.NoError(t, err)
				if every == 1 {
					s, err := j.LoadSnapshot(t.Context())
					require.NoError(t, err)
					require.Equal(t, c.Seq(), s.Seq, "a snapshot of this version is there")
				}
				again, err := state.Of(t.Context(), openGolden(t, j, now, snapshots))
				require.NoError(t, err)
				assert.Empty(t, golden.Diff(want, again))
			})
		}
	}
}

// A snapshot changes nothing but how much is read: without it the same records give the same
// state.
func TestGoldenJournalOpensWithoutItsSnapshot(t *testing.T) {
	const dir = "testdata/golden/v1/every-event-snapshot"
	j, err := golden.ReadJournal(t.Context(), dir)
	require.NoError(t, err)
	now, err := golden.Now(t.Context(), j)
	require.NoError(t, err)
	bare := store.NewMemory()
	for r, err := range j.Load(t.Context(), 0) {
		require.NoError(t, err)
		require.NoError(t, bare.Append(t.Context(), r.Seq-1, []store.Record{r}))
	}
	require.NoError(t, state.Check(t.Context(), dir, openGolden(t, bare, now, nil)))
}

// The scripted golden has every kind of event that its version could write.
func TestGoldenHasEveryKind(t *testing.T) {
	j, err := golden.ReadJournal(t.Context(), "testdata/golden/v1/every-event")
	require.NoError(t, err)
	kinds := map[string]bool{}
	for r, err := range j.Load(t.Context(), 0) {
		require.NoError(t, err)
		kinds[r.Kind] = true
	}
	assert.Len(t, kinds, 52)
	for kind := range kinds {
		var k queue.Kind
		assert.NoError(t, k.UnmarshalText([]byte(kind)))
	}
}

// The configuration in a journal of an earlier version is shown with its cards, and putting
// it back changes nothing.
func TestGoldenConfigurationIsWhatWasWritten(t *testing.T) {
	cards := 0
	for _, dir := range goldens(t, golden.JournalFile) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			j, err := golden.ReadJournal(t.Context(), dir)
			require.NoError(t, err)
			now, err := golden.Now(t.Context(), j)
			require.NoError(t, err)
			c := openGolden(t, j, now, nil)
			cfg, err := c.Config(t.Context())
			require.NoError(t, err)
			st, err := c.State(t.Context())
			require.NoError(t, err)
			for i, x := range st.Campaigns {
				var written usher.Campaign
				if len(x.Config.Settings) > 0 {
					require.NoError(t, json.Unmarshal(x.Config.Settings, &written))
				}
				assert.Equal(t, written.WhatsApp, cfg.Campaigns[i].WhatsApp, x.Config.ID)
				if written.WhatsApp != nil {
					cards++
				}
			}
			seq := c.Seq()
			require.NoError(t, c.Configure(t.Context(), cfg))
			assert.Equal(t, seq, c.Seq())
		})
	}
	assert.Positive(t, cards)
}
