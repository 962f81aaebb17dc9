// Package blacklist keeps the customers with whom a campaign does not talk.
//
// An [Entry] names a customer by an alias, for one campaign or for all, in one direction
// or in both, and may expire. A [List] holds entries in memory and answers a [Query] at a
// cost that does not grow with its length; phone numbers match in every form in which
// WhatsApp writes them (see [Variants]). [ReadCSV] and [WriteCSV] exchange entries with
// spreadsheets.
//
// A host with a list of its own, in a database or behind an HTTP service, implements
// [Checker]; a [Guard] around it sees to it that a slow or broken list delays nobody
// beyond its timeout and answers by a stated choice, fail open or fail closed.
//
// Every attempt that was stopped goes to a [History], one record each, in both directions.
//
// The package stores nothing durably and does not know what a campaign does about a
// verdict: a host persists [List.Entries] and gives them back to [List.Add], and the
// center asks before it acts.
package blacklist
