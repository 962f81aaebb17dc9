package queue

// Pointed returns the command that c points to, nil if c is no pointer to one. It is a list of
// types and not reflection, because reflection would move every command to the heap.
func Pointed(c Command) Command {
	switch c := c.(type) {
	case *Arrive:
		return deref(c)
	case *Start:
		return deref(c)
	case *Accept:
		return deref(c)
	case *Decline:
		return deref(c)
	case *OfferFailed:
		return deref(c)
	case *Take:
		return deref(c)
	case *Assign:
		return deref(c)
	case *Transfer:
		return deref(c)
	case *CancelTransfer:
		return deref(c)
	case *Finish:
		return deref(c)
	case *Park:
		return deref(c)
	case *Resume:
		return deref(c)
	case *Leave:
		return deref(c)
	case *End:
		return deref(c)
	case *Requeue:
		return deref(c)
	case *Move:
		return deref(c)
	case *Unlist:
		return deref(c)
	case *Reprioritize:
		return deref(c)
	case *SetVars:
		return deref(c)
	case *AgentState:
		return deref(c)
	case *AgentCall:
		return deref(c)
	case *Heartbeat:
		return deref(c)
	case *WrapUp:
		return deref(c)
	case *Send:
		return deref(c)
	case *Sent:
		return deref(c)
	case *Receipt:
		return deref(c)
	case *BotReply:
		return deref(c)
	case *Verdict:
		return deref(c)
	case *Identify:
		return deref(c)
	case *Configure:
		return deref(c)
	case *RemoveCampaign:
		return deref(c)
	case *ConfigureAgent:
		return deref(c)
	case *RemoveAgent:
		return deref(c)
	case *Erase:
		return deref(c)
	case *Note:
		return deref(c)
	}
	return nil
}

func deref[C Command](c *C) Command {
	if c == nil {
		return nil
	}
	return *c
}
