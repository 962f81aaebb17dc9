package crashtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/channel"
	"github.com/usher-go/usher/queue"
	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/postgres"
	"github.com/usher-go/usher/store/sqlite"
)

// dump returns everything that a journal keeps, as bytes.
type dump func(t *testing.T) []byte

// keepers are the journals that outlive their process, and how to see all they keep.
func keepers(t *testing.T) map[string]func(t *testing.T) (store.Journal, dump) {
	url := databaseURL(t)
	list := map[string]func(t *testing.T) (store.Journal, dump){
		"sqlite": func(t *testing.T) (store.Journal, dump) {
			dir := t.TempDir()
			j, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, "center.db")})
			require.NoError(t, err)
			t.Cleanup(func() { _ = j.Close() })
			return j, func(t *testing.T) []byte { return files(t, dir) }
		},
	}
	if url == "" {
		return list
	}
	list["postgres"] = func(t *testing.T) (store.Journal, dump) {
		pool, err := pgxpool.New(t.Context(), url)
		require.NoError(t, err)
		cfg := postgres.Config{Schema: fmt.Sprintf("usher_privacy_%d", time.Now().UnixNano())}
		require.NoError(t, postgres.Up(t.Context(), pool, cfg))
		j, err := postgres.Open(t.Context(), pool, cfg)
		require.NoError(t, err)
		t.Cleanup(func() {
			_ = j.Close()
			_, _ = pool.Exec(context.Background(), "DROP SCHEMA "+cfg.Schema+" CASCADE")
			pool.Close()
		})
		return j, func(t *testing.T) []byte { return tables(t, pool, cfg.Schema) }
	}
	return list
}

func files(t *testing.T, dir string) (all []byte) {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, f := range entries {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
		all = append(all, data...)
	}
	return all
}

func tables(t *testing.T, pool *pgxpool.Pool, schema string) (all []byte) {
	rows, err := pool.Query(t.Context(), "SELECT table_name FROM information_schema.tables WHERE table_schema = $1 AND table_type = 'BASE TABLE'", schema)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	for _, name := range names {
		query := fmt.Sprintf("SELECT x::text FROM %s.%s AS x", schema, name)
		if name == "usher_snapshot" {
			query = fmt.Sprintf("SELECT convert_from(data, 'UTF8') FROM %s.%s", schema, name)
		}
		rows, err := pool.Query(t.Context(), query)
		require.NoError(t, err)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		all = append(all, strings.Join(lines, "\n")...)
	}
	return all
}

// secrets is everything that must not be found after an erasure.
var secrets = []string{"34600111222", "MariaSecret", "mysecretwords", "oursecretwords", "secretvar", "wamidsecret"}

func found(data []byte, words []string) (list []string) {
	for _, w := range words {
		if bytes.Contains(data, []byte(w)) {
			list = append(list, w)
		}
	}
	return list
}

// talk is a whole conversation with Maria.
func talk(t *testing.T, h *house) {
	t.Helper()
	h.talks++
	in := fmt.Sprintf("i%d", h.talks)
	_, err := h.center.Do(t.Context(), queue.Arrive{
		Campaign: "sales", Number: number, Aliases: []string{string(maria)}, Name: "MariaSecret", ID: in, Customer: "customer-1",
		Message: &queue.Message{ID: "wamidsecret" + in, Text: "mysecretwords", At: h.clock.Now()}, Vars: map[string]string{"k": "secretvar"},
	})
	require.NoError(t, err)
	h.settle()
	h.do(queue.Accept{Agent: "ana", Interaction: in})
	require.NoError(t, h.center.Send(t.Context(), usher.Reply{Interaction: in, Agent: "ana", Message: channel.TextMessage("oursecretwords")}))
	h.settle()
	h.do(queue.Finish{Agent: "ana", Interaction: in, Disposition: "done"})
}

// Nothing of who was erased remains in any file or table, in the state, or with those who
// follow; all others are as they were, and so are the counts.
func TestErasure(t *testing.T) {
	for name, open := range keepers(t) {
		t.Run(name, func(t *testing.T) {
			j, all := open(t)
			h := newHouse(t, func(*testing.T) store.Journal { return j }, func(o *usher.Options, _ *usher.Config) { o.SnapshotEvery = 10 })
			h.available("ana")
			for range 3 {
				talk(t, h)
			}
			h.say("words of Pedro", pedro)
			h.settle()
			assert.ElementsMatch(t, secrets[:5], found(all(t), secrets[:5]), "the test sees what is there")
			board := h.center.Board(h.clock.Now())

			require.NoError(t, h.center.Erase(t.Context(), usher.Erasure{Aliases: []channel.Alias{maria}, By: "officer"}))
			assert.Empty(t, found(all(t), secrets))
			assert.Equal(t, board, h.center.Board(h.clock.Now()))
			assert.NotEmpty(t, found(all(t), []string{"words of Pedro"}))
			state, err := h.center.State(t.Context())
			require.NoError(t, err)
			data, err := json.Marshal(state)
			require.NoError(t, err)
			assert.Empty(t, found(data, secrets))
			for _, s := range h.summaries() {
				assert.Empty(t, found([]byte(s), secrets))
			}
			s := h.center.Subscribe(1)
			for range state.Seq - 1 {
				ev, err := s.Next(t.Context())
				if err == nil {
					data, err = json.Marshal(ev)
				}
				require.NoError(t, err)
				assert.Empty(t, found(data, secrets))
			}
			require.NoError(t, h.center.Erase(t.Context(), usher.Erasure{Customer: "customer-1"}), "to repeat is harmless")

			// What is left opens, and is the same.
			h.idle()
			h.fresh = func(*testing.T) store.Journal { return store.NewMemory() }
			h.crash(0)
			assert.Len(t, h.center.Interactions(""), 1)
			talk(t, h) // Maria may come back, as somebody new
		})
	}
}

func (h *house) summaries() (list []string) {
	ended, _ := h.center.Ended(0, func(*usher.Summary) bool { return true })
	for _, s := range append(ended, h.center.Open(func(*usher.Summary) bool { return true })...) {
		data, err := json.Marshal(s)
		require.NoError(h.t, err)
		list = append(list, string(data))
	}
	return list
}

func TestAnOpenConversationIsNotErased(t *testing.T) {
	h := newHouse(t, func(*testing.T) store.Journal { return store.NewMemory() }, nil)
	h.say("hello", maria)
	require.ErrorIs(t, h.center.Erase(t.Context(), usher.Erasure{Aliases: []channel.Alias{maria}}), queue.ErrInUse)
}

// What people said goes when it is old; that they were there, and the counts, stay.
func TestBodiesHaveARetentionOfTheirOwn(t *testing.T) {
	for name, open := range keepers(t) {
		t.Run(name, func(t *testing.T) {
			j, all := open(t)
			h := newHouse(t, func(*testing.T) store.Journal { return j }, func(o *usher.Options, _ *usher.Config) {
				o.SnapshotInterval, o.BodyRetention, o.Remember = time.Minute, time.Hour, -1
			})
			h.available("ana")
			talk(t, h)
			require.NotEmpty(t, found(all(t), []string{"mysecretwords"}))
			for range 3 {
				h.clock.Add(40 * time.Minute)
				h.do(queue.Note{Topic: "tick"})
			}
			h.idle() // what is being saved is saved
			assert.Empty(t, found(all(t), []string{"mysecretwords", "oursecretwords"}))
			assert.Len(t, h.when(queue.Ended), 1)
		})
	}
}

// What people say, and the keys to the house, are in no log, whatever goes wrong.
func TestLogsHoldNothingPrivate(t *testing.T) {
	var log bytes.Buffer
	h := newHouse(t, func(*testing.T) store.Journal { return store.NewMemory() }, func(o *usher.Options, cfg *usher.Config) {
		o.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		o.Desk = usher.DeskFunc(func(context.Context, queue.Effect) error { return fmt.Errorf("desk is away") })
		cfg.Campaigns[0].WhatsApp.BotOnStart = "greeter"
	})
	h.available("ana")
	_, err := h.center.Do(t.Context(), queue.Arrive{
		Campaign: "sales", Number: number, Aliases: []string{string(maria)}, Name: "MariaSecret", ID: "i1", Customer: "c1",
		Message: &queue.Message{ID: "wamidsecret", Text: "mysecretwords"},
	})
	require.NoError(t, err)
	h.settle()
	h.do(queue.Assign{Interaction: "i1", Agent: "ana", Override: true})
	h.wa.OnSend(func(context.Context, channel.Outbound) error { return fmt.Errorf("no route") })
	require.NoError(t, h.center.Send(t.Context(), usher.Reply{Interaction: "i1", Agent: "ana", Message: channel.TextMessage("oursecretwords")}))
	h.settle()
	_ = h.center.Receive(t.Context(), []channel.Update{{Connector: "main", Number: number, Message: &channel.Inbound{Message: channel.TextMessage("mysecretwords")}}})
	h.idle()
	assert.NotEmpty(t, log.String(), "the test sees what is logged")
	assert.Empty(t, found(log.Bytes(), secrets))
}
