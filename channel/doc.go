// Package channel says how a campaign is reached.
//
// A [Connector] is a transport account: it owns business numbers, sends messages
// and hands what arrives to a [Receiver], which in a running system is the center.
// [Message], [Status] and [Alias] are the plain data that travel between them; they
// name no provider. [WhatsApp] is the settings card of a campaign's WhatsApp channel.
//
// The package holds no state and starts nothing. Package channel/cloudapi is the
// Connector for Meta's WhatsApp Cloud API, and channel/channeltest the suite that any
// Connector should pass.
package channel
