// Package storetest is the suite that every journal passes.
//
//	func TestJournal(t *testing.T) {
//		storetest.Run(t, func(t testing.TB) store.Journal { return store.NewMemory() })
//	}
//
// Each rule is a subtest named after it, and a failure says which rule of
// [store.Journal] is broken.
package storetest
