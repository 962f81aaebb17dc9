// Package strategytest checks that a [strategy.Strategy] keeps the rules of its interface,
// by itself and in the real engine.
//
//	func TestYoungest(t *testing.T) {
//		strategytest.Run(t, func() strategy.Strategy { return youngest{} })
//	}
//
// A failure names the rule that was broken and shows what broke it. Runs are the same every
// time: what is random comes from fixed seeds.
package strategytest
