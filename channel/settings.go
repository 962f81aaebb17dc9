package channel

import (
	"time"

	"github.com/usher-go/usher/settings"
)

// Seconds is the former name of [settings.Seconds].
//
// Deprecated: use [settings.Seconds].
type Seconds = settings.Seconds

// WhatsApp is the former name of [settings.Card].
//
// Deprecated: use [settings.Card].
type WhatsApp = settings.Card

// Window is how long after a customer's last message WhatsApp lets free text be sent.
const Window = 24 * time.Hour
