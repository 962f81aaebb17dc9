// Package settings is the configuration of a center as plain data: its agents, its
// campaigns, and the settings card of each channel. It marshals to JSON and back and counts
// time in whole seconds. People write it, the console edits it, and a center and a
// simulation read it.
//
// What a setting may be is part of its declaration: the tag `set` of a field has its kind
// and bounds, and its comment says what it means. [Fields] returns both. [Validate], the
// tables of docs/settings.md, the schema of the console's API and its settings page are made
// of them, so that a new setting is declared in one place.
//
// The zero value of a setting is its default. Unless its comment says otherwise, 0 and the
// empty text are off: no limit, no message, no bot.
package settings

//go:generate go run ../internal/settingsgen docs docs_gen.go
//go:generate go run ../internal/settingsgen page ../docs/settings.md
