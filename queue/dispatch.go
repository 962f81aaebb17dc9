package queue

// dispatch performs a command. It is a list of types and not a call through the
// interface, so that a command stays on its caller's stack: a step that happens a million
// times a minute allocates nothing for having been asked.
func (e *Engine) dispatch(c Command) error {
	switch c := c.(type) {
	case Arrive:
		e.cause = c.cause()
		return c.do(e)
	case Start:
		e.cause = c.cause()
		return c.do(e)
	case Accept:
		e.cause = c.cause()
		return c.do(e)
	case Decline:
		e.cause = c.cause()
		return c.do(e)
	case OfferFailed:
		e.cause = c.cause()
		return c.do(e)
	case Take:
		e.cause = c.cause()
		return c.do(e)
	case Assign:
		e.cause = c.cause()
		return c.do(e)
	case Transfer:
		e.cause = c.cause()
		return c.do(e)
	case CancelTransfer:
		e.cause = c.cause()
		return c.do(e)
	case Finish:
		e.cause = c.cause()
		return c.do(e)
	case Park:
		e.cause = c.cause()
		return c.do(e)
	case Resume:
		e.cause = c.cause()
		return c.do(e)
	case Leave:
		e.cause = c.cause()
		return c.do(e)
	case End:
		e.cause = c.cause()
		return c.do(e)
	case Requeue:
		e.cause = c.cause()
		return c.do(e)
	case Move:
		e.cause = c.cause()
		return c.do(e)
	case Reprioritize:
		e.cause = c.cause()
		return c.do(e)
	case SetVars:
		e.cause = c.cause()
		return c.do(e)
	case AgentState:
		e.cause = c.cause()
		return c.do(e)
	case AgentCall:
		e.cause = c.cause()
		return c.do(e)
	case Heartbeat:
		e.cause = c.cause()
		return c.do(e)
	case WrapUp:
		e.cause = c.cause()
		return c.do(e)
	case Send:
		e.cause = c.cause()
		return c.do(e)
	case Sent:
		e.cause = c.cause()
		return c.do(e)
	case Receipt:
		e.cause = c.cause()
		return c.do(e)
	case BotReply:
		e.cause = c.cause()
		return c.do(e)
	case Identify:
		e.cause = c.cause()
		return c.do(e)
	case Configure:
		e.cause = c.cause()
		return c.do(e)
	case RemoveCampaign:
		e.cause = c.cause()
		return c.do(e)
	case ConfigureAgent:
		e.cause = c.cause()
		return c.do(e)
	case RemoveAgent:
		e.cause = c.cause()
		return c.do(e)
	case Erase:
		e.cause = c.cause()
		return c.do(e)
	case Note:
		e.cause = c.cause()
		return c.do(e)
	}
	e.cause = ""
	return &Error{Command: "unknown", Code: ErrInvalid, Reason: "the command is nil, or a pointer to one"}
}
