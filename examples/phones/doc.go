// Package phones is a telephone network in a browser: a connector whose customers are
// people with a page open, for those who have no account with a provider. It is for
// examples and demonstrations; what it carries is in memory and gone when it stops, save
// for what each browser remembers of its own phones.
//
//	line := phones.New("whatsapp", "+15550783881")
//	center, err := usher.New(usher.Options{Connectors: []channel.Connector{line}, …})
//	mux.Handle("/phone/", http.StripPrefix("/phone", line.Handler(center)))
//
// A phone shows several customers side by side. What the desk sends is delivered when the
// phone is on, that is while its page is open, and read when the page is in sight; the
// provider's word of both goes back as statuses, as from a real one.
package phones
