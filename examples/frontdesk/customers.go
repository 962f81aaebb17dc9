package main

import (
	"container/heap"
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
)

// shares of the day's customers who come in each hour from eight on; the shop is open
// from nine to six.
var shares = []float64{0.5, 8, 12, 14, 9, 8, 12, 14, 12, 9, 0.5}

// instant returns when the part p of all customers has come, for p from 0 to 1.
func (c *crowd) instant(p float64) time.Time {
	sum := 0.0
	for _, s := range shares {
		sum += s
	}
	p *= sum
	for hour, s := range shares {
		if p < s {
			return c.from.Add(time.Duration((float64(hour) + p/s) * float64(time.Hour))).Truncate(time.Millisecond)
		}
		p -= s
	}
	return c.from.Add(time.Duration(len(shares)) * time.Hour)
}

// arrival plans that customer i of n comes; then it plans the next.
func (c *crowd) arrival(n, i int) {
	if i >= n {
		return
	}
	at := c.instant((float64(i) + c.random.Float64()) / float64(n))
	c.plan(at, func(ctx context.Context) error {
		c.arrival(n, i+1)
		return c.come(ctx, i)
	})
}

// listedCrowd are the numbers of customers who are kept out.
func listedCrowd() []blacklist.Entry {
	var out []blacklist.Entry
	for i := range 10 {
		out = append(out, blacklist.Entry{Alias: "phone:" + listedNumber(i), Reason: "abuse"})
	}
	return out
}

func listedNumber(i int) string { return fmt.Sprintf("44770090%04d", i) }

// come is a customer's first message, and what the customer means to do later.
func (c *crowd) come(ctx context.Context, i int) error {
	person := cloudapitest.Person{Name: fmt.Sprintf("Customer %d", i), Number: fmt.Sprintf("3519%08d", i)}
	switch i % 200 {
	case 7:
		person.Number = listedNumber(i / 200 % 10)
	case 9: // one who hides the number
		person.UserID, person.HideNumber = fmt.Sprintf("PT.%016d", i), true
	case 11: // Meta has a bad moment
		c.graph.FailNext(cloudapitest.Graph(131016))
	}
	phone := c.graph.Phone(person)
	option := "Talk to us"
	if c.random.IntN(5) == 0 {
		option = "Order status"
	}
	pressed := c.clock.Now().Add(c.spread(8 * time.Second)).Add(time.Second)
	c.plan(pressed, func(ctx context.Context) error { return c.press(ctx, phone, option) })
	c.plan(pressed.Add(time.Hour), func(context.Context) error { phone.Leave(); return nil })
	return phone.Say(ctx, c.number, "Hello")
}

// press chooses from the menu, when one came: not for those who were refused.
func (c *crowd) press(ctx context.Context, phone *cloudapitest.Phone, option string) error {
	if !c.sees(phone, "How can we help?") {
		return nil
	}
	now := c.clock.Now()
	if c.random.IntN(4) == 0 {
		c.plan(now.Add(c.spread(3*time.Minute)), func(ctx context.Context) error { return c.giveUp(ctx, phone) })
	}
	c.plan(now.Add(305*time.Second), func(ctx context.Context) error { return c.leaveMessage(ctx, phone) })
	return phone.Choose(ctx, option)
}

// giveUp is for customers who have heard nothing since they chose.
func (c *crowd) giveUp(ctx context.Context, phone *cloudapitest.Phone) error {
	if !c.sees(phone, "How can we help?") {
		return nil
	}
	return phone.Say(ctx, c.number, "stop")
}

func (c *crowd) leaveMessage(ctx context.Context, phone *cloudapitest.Phone) error {
	if !c.sees(phone, "Leave us a message") {
		return nil
	}
	return phone.Say(ctx, c.number, "Please call me")
}

// sees reports whether the last thing on a customer's screen is such a message.
func (c *crowd) sees(phone *cloudapitest.Phone, text string) bool {
	inbox := phone.Inbox()
	return len(inbox) > 0 && strings.Contains(inbox[len(inbox)-1].Text, text)
}

// spread draws a length around a mean, as such lengths are: most short, a few long.
func (c *crowd) spread(mean time.Duration) time.Duration {
	return time.Duration(float64(mean) * min(c.random.ExpFloat64(), 6)).Round(time.Millisecond)
}

// plan lets a customer do something at an instant.
func (c *crowd) plan(at time.Time, do func(context.Context) error) {
	c.turns++
	heap.Push(&c.todo, action{at, c.turns, do})
}

// one lets time pass until the next thing that a customer does, and does it.
func (c *crowd) one(ctx context.Context) error {
	a := heap.Pop(&c.todo).(action)
	if err := c.until(ctx, a.at); err != nil {
		return err
	}
	if err := a.do(ctx); err != nil {
		return err
	}
	return c.follow(ctx)
}

// until lets time pass, with a stop wherever the center or an agent has something to do.
func (c *crowd) until(ctx context.Context, at time.Time) error {
	for {
		next, ok := c.next()
		if !ok || next.After(at) {
			break
		}
		c.clock.set(next)
		c.crew.act(ctx, next)
		if err := c.follow(ctx); err != nil {
			return err
		}
	}
	c.clock.set(at)
	return nil
}

// next is when something happens that is no customer's doing.
func (c *crowd) next() (time.Time, bool) {
	next, ok := c.center.Next()
	for _, at := range []time.Time{c.crewNext(), c.hour} {
		if !at.IsZero() && (!ok || at.Before(next)) {
			next, ok = at, true
		}
	}
	return next, ok
}

func (c *crowd) crewNext() time.Time {
	at, _ := c.crew.next()
	return at
}

// follow lets everything happen that follows.
func (c *crowd) follow(ctx context.Context) error {
	for {
		if err := c.settle(ctx); err != nil {
			return err
		}
		answered, err := c.crew.drain(ctx)
		if err != nil {
			return err
		}
		c.ledger.drain()
		if answered == 0 {
			c.report()
			return nil
		}
	}
}

// action is something that a customer does.
type action struct {
	at   time.Time
	turn int // of those at one instant
	do   func(ctx context.Context) error
}

type actions []action

func (a actions) Len() int { return len(a) }
func (a actions) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].turn < a[j].turn
}
func (a actions) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *actions) Push(x any)   { *a = append(*a, x.(action)) }
func (a *actions) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}

func (c *crowd) header() {
	_, _ = fmt.Fprintln(c.w, "until   arrived  answered  bot   abandoned  full  waiting  with agents  service level")
}

// report prints a line when an hour is over.
func (c *crowd) report() {
	if c.clock.Now().Before(c.hour) {
		return
	}
	line := c.center.Board(c.from).Campaigns[0]
	level := "-"
	if v, ok := line.Counts.ServiceLevel(); ok {
		level = fmt.Sprintf("%.1f %%", math.Round(v*1000)/10)
	}
	e := line.Counts.Ends
	_, _ = fmt.Fprintf(c.w, "%s %9d %9d %5d %10d %5d %8d %12d  %s\n", c.hour.Format("15:04"),
		c.ledger.begun, e.Answered, e.BotEnded, e.Abandoned, e.QueueFull, line.Waiting, line.Active, level)
	if c.hour = c.hour.Add(time.Hour); c.hour.Sub(c.from) > 12*time.Hour {
		c.hour = time.Time{}
	}
}
