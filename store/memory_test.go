package store_test

import (
	"testing"

	"github.com/usher-go/usher/store"
	"github.com/usher-go/usher/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, storetest.Harness{Open: func(testing.TB) store.Journal { return store.NewMemory() }})
}
