package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/sqlite"
)

// defaultData is the folder of the desk in the browser.
const defaultData = "frontdesk-data"

// kept is a journal and where it is.
type kept struct {
	store.Journal
	where  string // "" = nowhere: it is memory
	remove string // a folder that goes with it, "" = none
}

// journal opens the folder of -data, in which everything is kept. Without the flag a
// served number has a folder of its own that goes when it ends, so that no run finds what
// another has left; the flag with an empty value is memory.
func (o options) journal(ctx context.Context) (*kept, error) {
	k := &kept{where: o.data}
	switch {
	case o.data == "" && o.dataGiven:
		k.Journal = store.NewMemory()
		return k, nil
	case o.data == "" && o.serve:
		dir, err := os.MkdirTemp("", "frontdesk-")
		if err != nil {
			return nil, fmt.Errorf("-data: %w", err)
		}
		k.where, k.remove = dir, dir
	case o.data == "":
		k.where = defaultData
	}
	if err := os.MkdirAll(k.where, 0o700); err != nil {
		return nil, fmt.Errorf("-data: %w", err)
	}
	j, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(k.where, "center.db")})
	if err != nil {
		return nil, fmt.Errorf("-data %s: %w", k.where, err)
	}
	k.Journal = j
	return k, nil
}

// about says what becomes of what happens; again is whether there was something before.
func (k *kept) about(again bool) string {
	switch {
	case k.where == "":
		return "nothing is kept: -data is empty"
	case k.remove != "":
		return "what happens is kept until the end; -data DIR keeps it for the next time"
	case again:
		return "going on with what is in " + k.where
	}
	return "what happens is kept in " + k.where
}

// Close closes the journal.
func (k *kept) Close() error {
	err := k.Journal.Close()
	if k.remove != "" {
		_ = os.RemoveAll(k.remove) // it is in the system's folder for what may go
	}
	return err
}
