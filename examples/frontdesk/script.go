package main

import (
	"context"

	"github.com/usher-go/usher/channel/cloudapi/cloudapitest"
	"github.com/usher-go/usher/queue"
)

// troll is on the blacklist before the day begins.
var troll = cloudapitest.Person{Name: "Trevor", Number: "447700900666"}

// script is the day, scene by scene.
func (d *day) script() []step {
	var out []step
	for _, scene := range [][]step{
		d.beforeNine(), d.aCustomer(), d.aTransfer(), d.listed(), d.withoutNumber(), d.lunch(), d.trouble(), d.afterSix(),
	} {
		out = append(out, scene...)
	}
	return out
}

func (d *day) beforeNine() []step {
	noor := d.graph.Phone(cloudapitest.Person{Name: "Noor", Number: "31612345678"})
	return []step{
		{"08:40:00", "Before nine: whoever writes is told once that the shop is closed.", d.say(noor, "Are you open?")},
		{"08:41:00", "", d.say(noor, "Hello?")},
		{"08:59:00", "", d.is("ana", queue.Available, "")},
		{"08:59:30", "", d.is("bruno", queue.Available, "")},
	}
}

func (d *day) aCustomer() []step {
	maria := d.graph.Phone(cloudapitest.Person{Name: "Maria", Number: "351912345678"})
	liam := d.graph.Phone(cloudapitest.Person{Name: "Liam", Number: "353861234567"})
	return []step{
		{"09:05:00", "Maria, from the first message to the survey.", d.say(maria, "Hello, do you repair brakes?")},
		{"09:05:07", "", d.choose(maria, "Talk to us")},
		{"09:05:13", "", d.accept("ana")},
		{"09:05:40", "", d.reply("ana", "We do. Bring it in today, it takes an hour.")},
		{"09:06:20", "", d.say(maria, "Great, see you at noon.")},
		{"09:06:30", "", d.finish("ana", "appointment")},
		{"09:06:50", "", d.say(maria, "5")},
		{"09:07:10", "", d.say(maria, "Quick and kind.")},
		{"09:30:00", "Liam only wants to know about his order: the bot can tell.", d.say(liam, "Is my bicycle ready?")},
		{"09:30:06", "", d.choose(liam, "Order status")},
	}
}

func (d *day) aTransfer() []step {
	li := d.graph.Phone(cloudapitest.Person{Name: "Li", Number: "8613812345678"})
	return []step{
		{"10:00:00", "Bruno misses an offer. Ana takes it and transfers it to him, and it comes back.", d.say(li, "I need a frame in XXL")},
		{"10:00:05", "", d.say(li, "2")},
		{"10:00:30", "", d.accept("ana")},
		{"10:01:00", "", d.reply("ana", "Let me ask my colleague.")},
		{"10:01:10", "", d.transfer("ana", "bruno")},
		{"10:02:10", "", d.reply("ana", "He is busy. We will order one for you.")},
		{"10:02:40", "", d.finish("ana", "ordered")},
		{"10:03:00", "", d.say(li, "4")},
		{"10:03:20", "", d.say(li, "ok")},
	}
}

func (d *day) listed() []step {
	trevor := d.graph.Phone(troll)
	return []step{
		{"10:30:00", "Trevor is on the blacklist, in both directions.", d.say(trevor, "You again!!!")},
		{"10:30:01", "", d.show(trevor, "look at this")},
		{"10:31:00", "", d.start("ana", troll)},
	}
}

func (d *day) withoutNumber() []step {
	zoe := cloudapitest.Person{Name: "Zoe", Number: "33612345678", UserID: "FR.13491208655302741918", Username: "@zoe", HideNumber: true}
	hidden := d.graph.Phone(zoe)
	zoe.HideNumber = false
	shown := d.graph.Phone(zoe)
	return []step{
		{"11:00:00", "Zoe has a user name and shows no number. When she does, it is the same conversation.", d.say(hidden, "Do you rent e-bikes?")},
		{"11:00:09", "", d.choose(hidden, "Talk to us")},
		{"11:00:15", "", d.accept("bruno")},
		{"11:00:50", "", d.reply("bruno", "We do, from 30 a day. May we call you?")},
		{"11:01:30", "", d.say(shown, "Sure, you see my number now.")},
		{"11:02:00", "", d.finish("bruno", "rental")},
		{"11:02:30", "", d.say(shown, "no thanks")},
	}
}

func (d *day) lunch() []step {
	var p []*cloudapitest.Phone
	for _, who := range []cloudapitest.Person{
		{Name: "Ines", Number: "351911111111"}, {Name: "Jo", Number: "351922222222"},
		{Name: "Kim", Number: "351933333333"}, {Name: "Lea", Number: "351944444444"},
	} {
		p = append(p, d.graph.Phone(who))
	}
	steps := []step{
		{"12:30:00", "Lunch: nobody is there, three may wait, the fourth may not.", d.is("ana", queue.Paused, "lunch")},
		{"12:30:01", "", d.is("bruno", queue.Paused, "lunch")},
	}
	for i, phone := range p {
		minute := string(rune('1' + i))
		steps = append(steps,
			step{"12:3" + minute + ":00", "", d.say(phone, "Hello")},
			step{"12:3" + minute + ":05", "", d.choose(phone, "Talk to us")})
	}
	return append(steps,
		step{"12:35:00", "Jo gives up. Ines waits too long and meets the bot. Kim is served.", d.say(p[1], "Stop")},
		step{"12:37:00", "", d.say(p[0], "Please call me about the blue one.")},
		step{"12:37:30", "", d.is("ana", queue.Available, "")},
		step{"12:37:35", "", d.accept("ana")},
		step{"12:38:10", "", d.reply("ana", "Sorry for the wait, Kim. What is it?")},
		step{"12:40:00", "", d.finish("ana", "advice")},
		step{"12:41:00", "", d.say(p[2], "3")},
		step{"12:41:30", "", d.say(p[2], "Long wait.")},
		step{"13:30:00", "", d.is("bruno", queue.Available, "")},
	)
}

func (d *day) trouble() []step {
	olga := d.graph.Phone(cloudapitest.Person{Name: "Olga", Number: "4915112345678"})
	fail := func(f ...cloudapitest.Failure) func(context.Context) error {
		return func(context.Context) error { d.graph.FailNext(f...); return nil }
	}
	return []step{
		{"15:00:00", "Meta is down for a moment: the answer is sent again when it may be.", d.say(olga, "Do you buy old bicycles?")},
		{"15:00:06", "", d.choose(olga, "Talk to us")},
		{"15:00:10", "", d.accept("ana")},
		{"15:00:30", "", fail(cloudapitest.Graph(131016), cloudapitest.Graph(131016))},
		{"15:00:31", "", d.reply("ana", "We do. Send us a picture.")},
		{"15:02:00", "", d.show(olga, "Here it is")},
		{"15:03:00", "", d.reply("ana", "80, if the gears work.")},
		{"15:04:00", "", d.finish("ana", "purchase")},
		{"15:05:00", "", d.say(olga, "5")},
		{"15:05:30", "", d.say(olga, "Deal.")},
	}
}

func (d *day) afterSix() []step {
	pia := d.graph.Phone(cloudapitest.Person{Name: "Pia", Number: "393331234567"})
	ravi := d.graph.Phone(cloudapitest.Person{Name: "Ravi", Number: "919812345678"})
	return []step{
		{"17:58:40", "Six o'clock: who waits is still served, who comes later is not.", d.say(pia, "One quick question")},
		{"17:59:50", "", d.choose(pia, "Talk to us")},
		{"18:00:05", "", d.accept("bruno")},
		{"18:01:00", "", d.reply("bruno", "Ask!")},
		{"18:02:00", "", d.say(ravi, "Still there?")},
		{"18:03:00", "", d.finish("bruno", "advice")},
		{"18:03:30", "", d.say(pia, "5")},
		{"18:04:00", "", d.say(pia, "Thanks!")},
		{"18:05:00", "", d.is("ana", queue.Offline, "")},
		{"18:05:10", "", d.is("bruno", queue.Offline, "")},
		{"18:30:00", "", nil},
	}
}
