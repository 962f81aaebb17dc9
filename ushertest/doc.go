// Package ushertest tests a host's routing policy: who is asked first, what a customer
// hears, what happens when nobody answers.
//
// [New] makes the real center with the host's own configuration, a journal in memory, a
// clock that stands still, and connectors that carry nothing out of the process. Customers,
// agents and bots are scripted. A test reads like a story:
//
//	func TestWhoeverDoesNotAnswerIsPassedOver(t *testing.T) {
//		center := ushertest.New(t, ushertest.ReadConfig(t, "testdata/sales.json"))
//		maria := center.Customer("Maria", "+34600111222")
//		ana, bruno := center.Agent("ana"), center.Agent("bruno")
//
//		ana.Available()
//		bruno.Available()
//		maria.Says("hello")
//		ana.WasOffered(maria)
//		center.Advance(30 * time.Second) // as long as it rings
//		bruno.WasOffered(maria)
//		bruno.Accepts(maria)
//		bruno.Says(maria, "Hello Maria.")
//		maria.Heard("Hello Maria.")
//	}
//
// What people do is in the present tense and is over when the method returns, with
// everything that follows from it: messages sent, bots asked, offers made. What a test
// checks is in the past tense or says "is". The first check that fails ends the test, and
// says what happened until then and why the engine decided so.
//
// Time passes in [Center.Advance] alone. It stops at every deadline on its way, so that a
// test gives the same events every time; nothing sleeps. The kit works as it is in a
// testing/synctest bubble, for hosts whose own code needs one.
//
// A Center and its people belong to the goroutine of the test.
package ushertest
