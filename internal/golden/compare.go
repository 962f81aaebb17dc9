package golden

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/usher-go/usher/store"
)

// State is the state of a center as other versions can compare it: plain JSON values in
// which every field of a structure is there, also when it is zero.
type State map[string]any

// ReadState returns the state that the version which wrote a golden had.
func ReadState(dir string) (s State, err error) {
	data, err := Read(dir, StateFile)
	if err != nil {
		return nil, err
	}
	return s, json.Unmarshal(data, &s)
}

// Now returns the instant at which a golden is opened, that of its last record or snapshot:
// no deadline is due then that its writer had not seen.
func Now(ctx context.Context, j store.Journal) (now time.Time, err error) {
	if s, err := j.LoadSnapshot(ctx); err == nil {
		now = s.At
	}
	for r, err := range j.Load(ctx, 0) {
		if err != nil {
			return now, err
		}
		if r.At.After(now) {
			now = r.At
		}
	}
	return now, nil
}

// Diff returns what is not in got as want has it. Fields that want does not have are those
// that a later version has added; they are not compared.
func Diff(want, got State) []string {
	var list []string
	differ(&list, "", map[string]any(want), map[string]any(got))
	return list
}

func differ(list *[]string, path string, want, got any) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			*list = append(*list, fmt.Sprintf("%s: want an object, got %v", path, got))
			return
		}
		for _, k := range slices.Sorted(maps.Keys(w)) {
			differ(list, path+"."+k, w[k], g[k])
		}
	case []any:
		g, _ := got.([]any)
		if len(g) != len(w) {
			*list = append(*list, fmt.Sprintf("%s: want %d elements, got %d", path, len(w), len(g)))
			return
		}
		for i := range w {
			differ(list, fmt.Sprintf("%s[%d]", path, i), w[i], g[i])
		}
	default:
		if want != got {
			*list = append(*list, fmt.Sprintf("%s: want %v, got %v", path, want, got))
		}
	}
}
