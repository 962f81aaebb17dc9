// Package cloudapi connects a campaign to WhatsApp through Meta's Cloud API.
//
// A [Connector] is one account with its business numbers. [Connector.Webhook] is the handler
// for the callback address: it checks signatures, turns each POST into channel updates and
// answers 200 once they are safe with the receiver. [Connector.Send] hands one message to
// the Graph API and says, when it fails, what may be done about it.
//
// The package keeps no queue and tries nothing twice: a send that may have been taken is
// reported as ambiguous, and the key that travels with it comes back in a status. It does
// not tell duplicates either; Meta repeats, and receivers drop what they have seen. What it
// does keep is Meta's two rate limits, so that they are met before a call and not by an
// error.
//
// Not routed, only reported as notices: calls, groups, news of the account, echoes of a
// WhatsApp Business app on the same number, and webhook fields unknown to this version.
//
// Package cloudapitest stands in for Meta in tests and demonstrations.
package cloudapi
