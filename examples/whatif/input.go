package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/internal/fault"
	"github.com/usher-go/usher/internal/strict"
	"github.com/usher-go/usher/sim"
	"github.com/usher-go/usher/store/sqlite"
)

// readInput reads what happened.
func readInput(ctx context.Context, o options) (*sim.History, error) {
	f, err := os.Open(o.in)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	var h *sim.History
	if strings.EqualFold(filepath.Ext(o.in), ".csv") {
		h, err = sim.ReadCSV(f, o.campaign)
	} else {
		h, err = readJournal(ctx, o.in)
	}
	if err != nil {
		return nil, fmt.Errorf("%s:\n%w", o.in, err)
	}
	if h = h.Between(o.from, o.to); h.Arrivals() == 0 {
		return nil, fmt.Errorf("%s: nobody came between -from and -to", o.in)
	}
	return h, nil
}

func readJournal(ctx context.Context, path string) (*sim.History, error) {
	head := make([]byte, 16)
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	_, _ = f.Read(head) // a file that is too short is none either
	_ = f.Close()
	if !bytes.HasPrefix(head, []byte("SQLite format 3\x00")) {
		return nil, errors.New("is neither CSV by its name (.csv) nor a SQLite journal by its content")
	}
	j, err := sqlite.Open(ctx, sqlite.Config{Path: path})
	if err != nil {
		return nil, err
	}
	h, err := sim.ReadHistory(usher.Events(ctx, j, 1))
	return h, errors.Join(err, j.Close())
}

// scenarioFile is a scenario, and what it changes of what was.
type scenarioFile struct {
	sim.Scenario
	// Change has, by campaign, the settings that are different.
	Change map[string]json.RawMessage `json:"change,omitempty"`
}

// readScenarios reads all scenarios, so that all their faults are known at once, and puts
// what was before them when that is known.
func readScenarios(files []string, h *sim.History) ([]sim.Scenario, error) {
	var out []sim.Scenario
	if len(h.Center.Campaigns) > 0 {
		was := h.Scenario(sim.Scenario{Name: "as it was"})
		if err := was.Validate(); err != nil {
			return nil, fmt.Errorf("the configuration of the journal cannot be simulated: %w", err)
		}
		out = append(out, was)
	}
	var errs []error
	for _, name := range files {
		s, err := readScenario(name, h)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:\n%w", name, err))
		}
		if s.Name == "" {
			s.Name = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		}
		out = append(out, s)
	}
	return out, errors.Join(errs...)
}

func readScenario(name string, h *sim.History) (sim.Scenario, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return sim.Scenario{}, err
	}
	var file scenarioFile
	if err := strict.Unmarshal(data, &file); err != nil {
		return sim.Scenario{}, err
	}
	s := h.Scenario(file.Scenario)
	if err := change(&s, file.Change); err != nil {
		return s, err
	}
	return s, s.Validate()
}

// change lays the settings that are different over those that there are.
func change(s *sim.Scenario, changes map[string]json.RawMessage) error {
	var faults fault.Faults
	s.Center.Campaigns = slices.Clone(s.Center.Campaigns)
	for _, id := range slices.Sorted(maps.Keys(changes)) {
		path := "change." + id
		i := slices.IndexFunc(s.Center.Campaigns, func(c usher.Campaign) bool { return c.ID == id })
		if i < 0 {
			faults.Add(path, "there is no such campaign")
			continue
		}
		// What is laid over must not be shared with the scenario as it was.
		whole, _ := json.Marshal(s.Center.Campaigns[i]) // plain data always marshals
		var campaign, alone usher.Campaign
		faults.Under(path, strict.Unmarshal(changes[id], &alone))
		_ = json.Unmarshal(whole, &campaign)
		if err := json.Unmarshal(changes[id], &campaign); err == nil {
			campaign.ID = id
			s.Center.Campaigns[i] = campaign
		}
	}
	return faults.Err()
}
