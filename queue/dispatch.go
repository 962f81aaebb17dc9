package queue

// dispatch checks what a command says, then performs it. It is a list of types and not a call through the
// interface, so that a command stays on its caller's stack: a step that happens a million
// times a minute allocates nothing for having been asked.
func (e *Engine) dispatch(c Command) error {
	switch c := c.(type) {
	case Arrive:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Start:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Accept:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Decline:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case OfferFailed:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Take:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Assign:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Transfer:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case CancelTransfer:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Finish:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Park:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Resume:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Leave:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case End:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Requeue:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Move:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Unlist:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Reprioritize:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case SetVars:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case AgentState:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case AgentCall:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Heartbeat:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case WrapUp:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Send:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Sent:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Receipt:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case BotReply: // it calls intake itself: a fault is the failure of the bot
		e.cause = c.cause()
		return c.do(e)
	case Verdict:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Identify:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Configure:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case RemoveCampaign:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case ConfigureAgent:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case RemoveAgent:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Erase:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	case Note:
		if err := e.admit(c.cause(), c.intake()); err != nil {
			return err
		}
		return c.do(e)
	}
	// A pointer to a command is a command too, by way of Go's method sets.
	if own := Pointed(c); own != nil {
		return e.dispatch(own)
	}
	e.cause = ""
	return &Error{Command: "unknown", Code: ErrInvalid, Reason: "the command is nil"}
}
