// Package cloudapitest stands in for Meta: a Graph API that checks what it is sent, and
// customers' phones that post signed webhooks.
//
// A [Server] is an [http.Handler]; serve it with httptest in a test, or on a port in a
// demonstration, and point a connector at it with [Server.ConnectorConfig]. A [Phone] writes
// to the business and sees what the business sent it. [Server.FailNext] makes the next
// sends fail, in each way that Meta documents.
//
// Nothing happens by itself, at random or after a while: ids count up, statuses are posted
// when a message is taken or when the test says so, and the clock is the one in [Config].
// The server is stricter than Meta where leniency would hide a mistake: it refuses
// recipients without a leading +, which Meta would complete with a country code.
package cloudapitest
