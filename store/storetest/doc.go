// Package storetest is the suite that every journal passes.
//
//	func TestJournal(t *testing.T) {
//		storetest.Run(t, storetest.Harness{
//			Open: func(t testing.TB) store.Journal { return store.NewMemory() },
//		})
//	}
//
// Each rule is a subtest named after it, and a failure says which rule of
// [store.Journal] is broken. A journal that outlives its process gives the harness more:
// how to open it again, to damage it, and to take its disk away. [Faulty] is for the tests
// of those who use a journal.
package storetest
