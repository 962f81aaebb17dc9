package usher

import "time"

// LimitEngine sets how long one call of the engine may take while others wait.
func (c *Center) LimitEngine(limit time.Duration) { c.mu.limit = limit }
