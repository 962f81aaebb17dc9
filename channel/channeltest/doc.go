// Package channeltest checks connectors, and stands in for one.
//
// [Run] is the suite that any [channel.Connector] should pass; it names the rule that was
// broken. [Connector] is a connector in memory, for tests of what drives connectors: it
// records sends, fails as told, and hands in whatever a test wants to have arrived.
package channeltest
