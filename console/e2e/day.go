package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/usher-go/usher"
	"github.com/usher-go/usher/queue"
)

// Day plays some hours on a stage, so that there is something to look at: customers come
// in waves, agents answer, talk, finish, go to lunch; some customers lose patience. It is
// the same day every time.
func (s *Stage) Day(ctx context.Context, hours float64) error {
	d := &day{Stage: s, r: rand.New(rand.NewPCG(7, 7)), due: map[string]time.Time{}}
	if err := s.Available(ctx, "ana", "bruno", "carla", "diego", "elena"); err != nil {
		return err
	}
	const step = 20 * time.Second
	for i := range int(hours * 3600 / step.Seconds()) {
		if err := d.minute(ctx, float64(i)*step.Seconds()/3600); err != nil {
			return err
		}
		s.Pass(step)
	}
	return nil
}

type day struct {
	*Stage
	r     *rand.Rand
	due   map[string]time.Time // when an agent is done with an interaction
	count int
}

var names = []string{
	"Sofía Romero", "Lucas Pereira", "Emma Johansson", "Mateo García", "Olivia Brown", "Aisha Khan", "Noah Weber", "Valentina Silva",
	"Liam O’Connor", "Camila Torres", "Yuki Tanaka", "Thiago Alves", "Chloé Dubois", "Marco Bianchi", "Isabella Cruz", "João Santos",
}

var questions = []string{
	"Hi! Is the blue one still in stock?", "Good morning, my order has not arrived", "Can I change the delivery address?",
	"How much is shipping to Porto Alegre?", "I was charged twice", "Do you open on Saturday?", "The app says error 42", "Thanks, one more question",
}

// minute is a third of one.
func (d *day) minute(ctx context.Context, hour float64) error {
	rate := 0.36 + 0.5*max(0, 1-abs(hour-2.6)/1.1) // a wave before noon
	if d.r.Float64() < rate {
		if err := d.arrive(ctx); err != nil {
			return err
		}
	}
	for _, x := range d.Center.Interactions("") {
		if err := d.move(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

func (d *day) arrive(ctx context.Context) error {
	d.count++
	number := SalesNumber
	if d.r.Float64() < 0.4 {
		number = SupportNumber
	}
	name := names[d.count%len(names)]
	return d.Say(ctx, fmt.Sprintf("55119%08d", 60000000+d.count*137), name, number, questions[d.r.IntN(len(questions))])
}

// move lets an interaction take its next step.
func (d *day) move(ctx context.Context, x queue.InteractionView) error {
	now := d.Now()
	switch {
	case x.Offered != "" && d.r.Float64() < 0.75:
		if _, err := d.Center.Do(ctx, queue.Accept{Agent: x.Offered, Interaction: x.ID}); errors.Is(err, queue.ErrNotOffered) {
			return nil // it rang out at this instant
		} else if err != nil {
			return err
		}
		d.due[x.ID] = now.Add(time.Duration(120+d.r.IntN(420)) * time.Second)
		return d.Center.Send(ctx, usher.Reply{Interaction: x.ID, Agent: x.Offered, Message: text("Hello, let me have a look.")})
	case x.Owner == queue.OwnedByQueue && now.Sub(x.Queued) > 100*time.Second && d.r.Float64() < 0.1:
		_, err := d.Center.Do(ctx, queue.Leave{Interaction: x.ID, Reason: "closed the chat"})
		return err
	case x.Owner == queue.OwnedByAgent && !d.due[x.ID].IsZero() && now.After(d.due[x.ID]):
		dispositions := []string{"Solved", "Sale", "Follow-up needed"}
		_, err := d.Center.Do(ctx, queue.Finish{Interaction: x.ID, Agent: x.Agent, Disposition: dispositions[d.r.IntN(3)], NoBot: true})
		return err
	}
	return nil
}

func abs(x float64) float64 { return max(x, -x) }
