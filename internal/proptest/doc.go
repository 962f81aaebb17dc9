// Package proptest holds the property tests of the engine. They stand in a module of
// their own so that the library does not require pgregory.net/rapid.
package proptest
