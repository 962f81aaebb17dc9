package console

import "github.com/usher-go/usher/queue"

// othersDo is a supervisor's command on an interaction.
func (x *call) othersDo(version uint64, command func(*subject) queue.Command) (any, error) {
	s, err := x.others()
	if err != nil {
		return nil, err
	}
	if err := x.fresh(&s, version); err != nil {
		return nil, err
	}
	return x.do(&s, command(&s))
}

func (c *Console) assign(x *call) (any, error) {
	body := x.body.(*AssignBody)
	return x.othersDo(body.Version, func(s *subject) queue.Command {
		return queue.Assign{Interaction: s.id, Agent: body.Agent, Override: body.Override, By: x.actor.ID, Reason: body.Reason}
	})
}

func (c *Console) requeue(x *call) (any, error) {
	body := x.body.(*ReasonBody)
	return x.othersDo(body.Version, func(s *subject) queue.Command {
		return queue.Requeue{Interaction: s.id, By: x.actor.ID, Reason: body.Reason}
	})
}

func (c *Console) move(x *call) (any, error) {
	body := x.body.(*MoveBody)
	return x.othersDo(body.Version, func(s *subject) queue.Command {
		return queue.Move{Interaction: s.id, Campaign: body.Campaign, By: x.actor.ID, Reason: body.Reason}
	})
}

func (c *Console) end(x *call) (any, error) {
	body := x.body.(*ReasonBody)
	return x.othersDo(body.Version, func(s *subject) queue.Command {
		return queue.End{Interaction: s.id, By: x.actor.ID, Reason: body.Reason}
	})
}

func (c *Console) prioritize(x *call) (any, error) {
	body := x.body.(*PriorityBody)
	return x.othersDo(0, func(s *subject) queue.Command {
		return queue.Reprioritize{Interaction: s.id, Priority: body.Priority, Skills: body.Skills, By: x.actor.ID, Reason: body.Reason}
	})
}
