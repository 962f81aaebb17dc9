package usher

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// A snapshot has its customers on lines of their own; one that is a single line, as they
// once were, is read too.
func TestASnapshotsLines(t *testing.T) {
	whole := &centerSnapshot{
		Engine: queue.Snapshot{Version: queue.SnapshotVersion, Seq: 7},
		Board:  json.RawMessage(`{"state":{}}`), Past: json.RawMessage(`{}`),
		retentionState: retentionState{
			Marks: []mark{{Seq: 7, Whole: true}}, Bodies: 3, Spared: []string{"a"}, Spans: []openSpan{{Interaction: "a", First: 1, Last: 7}},
		},
	}
	for _, customers := range []int{0, 1, customersOnLine, customersOnLine + 1, 10_000} {
		whole.Engine.Customers = nil
		for i := range customers {
			whole.Engine.Customers = append(whole.Engine.Customers, queue.CustomerSnap{ID: fmt.Sprint("c", i), Name: "two\nlines"})
		}
		data, err := whole.encode()
		require.NoError(t, err)
		assert.Equal(t, (customers+customersOnLine-1)/customersOnLine, bytes.Count(data, []byte{'\n'}))
		back, err := decodeSnapshot(data)
		require.NoError(t, err)
		assert.Equal(t, whole, back)
		if customers > 0 {
			_, err = decodeSnapshot(data[:len(data)-1])
			require.Error(t, err, "it is cut off")
		}
		single, err := json.Marshal(whole)
		require.NoError(t, err)
		back, err = decodeSnapshot(single)
		require.NoError(t, err)
		assert.Equal(t, whole, back)
	}
}
