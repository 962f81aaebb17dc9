package queue_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/usher-go/usher/queue"
)

// armed is a deadline that a setting gives, for TestArmedDeadlinesFollow.
type armed struct {
	setting string         // its path
	base    queue.Campaign // the other settings
	begin   func(f *floor) // after it the deadline is armed
	acts    func(f *floor, ev queue.Event) bool
	// zero is what 0 stands for: never, or the time that counts instead.
	zero time.Duration
	// lengthens and switchesOn say why the case does not apply.
	lengthens, switchesOn string
	// fromChange: when switched on, it counts from the change.
	fromChange bool
}

const never = queue.MaxSpan

// notArmed lists the durations that arm no deadline, and when they are read.
var notArmed = map[string]string{
	"shortAbandon":             "read by reports: which customers who gave up count",
	"window":                   "read when a message is to be sent",
	"ageing":                   "part of the order of the queue, which is sorted again at the change",
	"reopen":                   "read when the customer writes again",
	"lateAfter":                "read when a message arrives",
	"skills[0].for":            "what an interaction asks for is fixed when it opens, as its skills and priority are; a supervisor changes it with Reprioritize",
	"members[0].skills[0].for": "what an agent has does not end",
	"overflow[0].relax.after":  "the step's own After counts",
	"engine.memory":            "of the engine; not changed while it runs",
	"engine.evidence":          "of the engine; not changed while it runs",
	"engine.checktimeout":      "of the engine; not changed while it runs",
}

// notOfSettings lists the deadlines that no duration of a setting gives.
var notOfSettings = map[string]string{
	"deadline:hours": "the opening hours; armed again at a change",
	"deadline:day":   "the campaign's time zone; armed again at a change",
	"deadline:sweep": "once a day",
	"deadline:clock": "the wall clock has caught up",
	"deadline:probe": "fixed pauses",
	"deadline:check": "of the engine's CheckTimeout; not changed while it runs",
}

func of(kind queue.Kind) func(*floor, queue.Event) bool {
	return func(_ *floor, ev queue.Event) bool { return ev.Kind == kind }
}

// outage makes the account of the connector stop. One message waits for it and is what probes
// it; the probe gets no answer.
func outage(f *floor) {
	f.available("ana")
	id := f.answered("maria", "ana")
	f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "hi", Template: true, Validity: 100 * 24 * time.Hour}})
	f.do(queue.Sent{Interaction: id, Key: f.last(queue.MessageQueued, id).Key, Result: queue.SendStopped, Reason: "unpaid"})
}

// expired is a message of another interaction that was given up.
func expired(_ *floor, ev queue.Event) bool {
	return ev.Kind == queue.MessageMoved && ev.Delivery == queue.MessageFailed && ev.Interaction != "i1"
}

func talking(f *floor) string {
	f.available("ana")
	return f.answered("maria", "ana")
}

func waits(f *floor) { f.says("maria", "hello") }

func offered(f *floor) {
	f.available("ana")
	waits(f)
}

// delayOver is the end of a delay.
func delayOver(_ *floor, ev queue.Event) bool {
	return ev.Kind == queue.AgentDelayed && ev.Until.IsZero()
}

func wrapUpOver(_ *floor, ev queue.Event) bool {
	return ev.Kind == queue.AgentWrapUp && ev.Until.IsZero()
}

var notBegun = "the time begins with an event, which did not begin it"

func allArmed() []armed {
	tiers := queue.Campaign{Members: []queue.Member{{Agent: "ana"}, {Agent: "bruno", Tier: 1}}}
	messages := queue.Campaign{SendTimeout: never}
	rings := queue.Campaign{RingTime: time.Second}
	inVain := queue.Overflow{When: queue.QueueLonger, Than: 5, Do: queue.DoEnd}
	return []armed{
		{setting: "ringTime", begin: offered, zero: queue.DefaultRingTime,
			acts: func(_ *floor, ev queue.Event) bool { return ev.Kind == queue.OfferEnd && ev.Reason == "missed" }},
		{setting: "maxTransferTime", zero: never, acts: of(queue.TransferReturned), begin: func(f *floor) {
			id := talking(f)
			f.available("bruno")
			f.do(queue.Transfer{Interaction: id, Agent: "ana", ToAgent: "bruno"})
		}},
		{setting: "maxTime", begin: waits, zero: never, acts: of(queue.Ended)},
		{setting: "serviceLevel", begin: waits, zero: never, acts: of(queue.Breached)},
		{setting: "tierWait", base: tiers, begin: waits, acts: of(queue.Required), switchesOn: "a tier that is open stays open"},
		{setting: "relax[0].after", begin: waits, acts: of(queue.Required), switchesOn: "what was relaxed stays so",
			base: queue.Campaign{Relax: []queue.Relax{{Drop: true}}}},
		{setting: "overflow[0].after", begin: waits, acts: of(queue.Stepped), switchesOn: "the step was taken",
			base: queue.Campaign{Overflow: []queue.Overflow{{Do: queue.DoMessage, Text: "sorry"}}}},
		{setting: "overflow[0].every", zero: never, acts: of(queue.Stepped), base: queue.Campaign{Overflow: []queue.Overflow{inVain}},
			begin: func(f *floor) { waits(f); f.pass(0) }},
		{setting: "announce.first", begin: waits, acts: of(queue.Told), switchesOn: "the customer was told",
			base: queue.Campaign{Announce: queue.Announce{Text: "{position}"}}},
		{setting: "announce.every", begin: waits, zero: never, acts: of(queue.Told),
			base: queue.Campaign{Announce: queue.Announce{Text: "{position}"}}},
		{setting: "declineMemory", zero: queue.DefaultDeclineMemory, acts: of(queue.Offered), begin: func(f *floor) {
			offered(f)
			f.do(queue.Decline{Interaction: "i1", Agent: "ana"})
		}},
		{setting: "declineDelay", acts: delayOver, switchesOn: notBegun, begin: func(f *floor) {
			offered(f)
			f.do(queue.Decline{Interaction: "i1", Agent: "ana"})
		}},
		{setting: "missDelay", base: rings, acts: delayOver, switchesOn: notBegun, begin: func(f *floor) {
			offered(f)
			f.pass(time.Second)
		}},
		{setting: "failDelay", acts: delayOver, switchesOn: notBegun, begin: func(f *floor) {
			offered(f)
			f.do(queue.OfferFailed{Interaction: "i1", Agent: "ana"})
		}},
		{setting: "wrapUp", acts: wrapUpOver, switchesOn: notBegun, begin: func(f *floor) {
			f.do(queue.Finish{Interaction: talking(f), Agent: "ana"})
		}},
		{setting: "wrapUpMax", base: queue.Campaign{WrapUp: 10 * time.Second}, zero: 30 * time.Second, acts: wrapUpOver,
			lengthens: "the agent was granted less", switchesOn: "as lengthened", begin: func(f *floor) {
				f.do(queue.Finish{Interaction: talking(f), Agent: "ana"})
				f.do(queue.WrapUp{Agent: "ana", For: time.Hour})
			}},
		{setting: "botTimeout", base: queue.Campaign{BotOnStart: "menu"}, begin: waits, zero: queue.DefaultBotTimeout, acts: of(queue.BotEnded)},
		{setting: "botTimeout", base: queue.Campaign{BotOnStart: "menu", SendTimeout: never}, zero: queue.DefaultBotTimeout, acts: expired, begin: func(f *floor) {
			outageOfBots(f)
			f.says("juan", "hello")
			f.replies("i2", queue.BotReply{Messages: []queue.Message{{Text: "hi"}}, Next: queue.BotWait})
		}},
		{setting: "botSilence", base: queue.Campaign{BotOnStart: "menu"}, zero: queue.DefaultBotSilence, acts: of(queue.BotEnded), begin: func(f *floor) {
			waits(f)
			f.replies("i1", queue.BotReply{Next: queue.BotWait})
		}},
		{setting: "sendTimeout", zero: queue.DefaultSendTimeout, begin: func(f *floor) {
			f.do(queue.Send{Interaction: talking(f), Agent: "ana", Message: queue.Message{Text: "hi"}})
		}, acts: func(_ *floor, ev queue.Event) bool {
			return ev.Kind == queue.MessageMoved && ev.Delivery == queue.MessageUnknown
		}},
		{setting: "sendTimeout", zero: queue.DefaultSendTimeout, begin: func(f *floor) {
			id := talking(f)
			f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "hi"}})
			f.do(queue.Sent{Interaction: id, Key: f.last(queue.MessageQueued, id).Key, Result: queue.SendAmbiguous, Reason: "cut"})
			f.do(queue.Finish{Interaction: id, Agent: "ana"})
		}, acts: func(_ *floor, ev queue.Event) bool {
			return ev.Kind == queue.MessageMoved && ev.Delivery == queue.MessageFailed
		}},
		{setting: "sendReplies", base: messages, zero: queue.DefaultReplyExpiry, acts: expired, begin: func(f *floor) {
			outage(f)
			f.do(queue.Send{Interaction: f.answered("juan", "ana"), Agent: "ana", Message: queue.Message{Text: "hi"}})
		}},
		{setting: "sendTemplates", base: messages, zero: queue.DefaultTemplateExpiry, acts: expired, begin: func(f *floor) {
			outage(f)
			f.do(queue.Send{Interaction: f.answered("juan", "ana"), Agent: "ana", Message: queue.Message{Text: "hi", Template: true}})
		}},
		{setting: "sendTexts", zero: queue.DefaultTextExpiry, acts: expired, begin: func(f *floor) {
			outage(f)
			f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
			f.says("juan", "hello")
		}, base: queue.Campaign{SendTimeout: never, Announce: queue.Announce{Text: "{position}"}}},
		{setting: "silence.customerWarn", zero: never, acts: of(queue.Warned), begin: answers},
		{setting: "silence.customerEnd", zero: never, acts: of(queue.Ended), begin: answers},
		{setting: "silence.agentNudge", zero: never, acts: of(queue.Nudged), begin: func(f *floor) { talking(f) }},
		{setting: "silence.agentReturn", zero: never, acts: of(queue.Requeued), begin: func(f *floor) { talking(f) }},
		{setting: "stickyWait", base: queue.Campaign{Sticky: queue.StickyWait}, acts: of(queue.Required), switchesOn: "the customer does not wait for the agent",
			begin: func(f *floor) {
				f.do(queue.Finish{Interaction: talking(f), Agent: "ana"})
				f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
				waits(f)
			}},
		{setting: "agent.lease", zero: never, fromChange: true, // what was heard before is not recorded
			begin: func(f *floor) { f.available("ana") },
			acts: func(_ *floor, ev queue.Event) bool {
				return ev.Kind == queue.AgentStated && ev.Reason == "presence lapsed"
			}},
	}
}

// outageOfBots is outage where a bot begins.
func outageOfBots(f *floor) {
	waits(f)
	f.replies("i1", queue.BotReply{Next: queue.BotQueue})
	f.available("ana")
	f.do(queue.Accept{Interaction: "i1", Agent: "ana"})
	f.do(queue.Send{Interaction: "i1", Agent: "ana", Message: queue.Message{Text: "hi", Template: true, Validity: 100 * 24 * time.Hour}})
	f.do(queue.Sent{Interaction: "i1", Key: f.last(queue.MessageQueued, "i1").Key, Result: queue.SendStopped, Reason: "unpaid"})
}

// answers is a conversation in which the customer has to speak.
func answers(f *floor) {
	id := talking(f)
	f.do(queue.Send{Interaction: id, Agent: "ana", Message: queue.Message{Text: "yes?"}})
	f.delivers()
}

// spans returns the durations of the configuration, by path.
func spans() map[string]leaf {
	all := map[string]leaf{}
	for _, l := range leaves(reflect.ValueOf(everyNumber()), "", itself) {
		if l.span {
			all[l.path] = l
		}
	}
	for _, l := range leaves(reflect.ValueOf(queue.Agent{}), "agent", itself) {
		if l.span {
			all[l.path] = l
		}
	}
	for i := range reflect.TypeFor[queue.Config]().NumField() {
		if f := reflect.TypeFor[queue.Config]().Field(i); f.Type == reflect.TypeFor[time.Duration]() {
			all["engine."+strings.ToLower(f.Name)] = leaf{}
		}
	}
	return all
}

// set gives a setting a value, with the rest as it is.
func (a armed) set(f *floor, l leaf, d time.Duration) {
	f.t.Helper()
	if strings.HasPrefix(a.setting, "agent.") {
		cfg := queue.Agent{ID: "ana", Limit: 2}
		l.of(reflect.ValueOf(&cfg).Elem()).SetInt(int64(d))
		f.do(queue.ConfigureAgent{Agent: cfg})
		return
	}
	cfg := a.base
	cfg.Relax, cfg.Overflow = slices.Clone(cfg.Relax), slices.Clone(cfg.Overflow)
	l.of(reflect.ValueOf(&cfg).Elem()).SetInt(int64(d))
	f.configure(cfg)
}

// Every deadline that is armed follows a change of the setting that gave it: shortened,
// lengthened, switched off and switched on. A new duration that fails here belongs in allArmed
// or, when it arms nothing, in notArmed.
func TestArmedDeadlinesFollow(t *testing.T) {
	all, tested, causes := spans(), map[string]bool{}, map[string]bool{}
	for i, a := range allArmed() {
		l, ok := all[a.setting]
		require.True(t, ok, "%s is no setting", a.setting)
		tested[a.setting] = true
		t.Run(fmt.Sprint(i, " ", a.setting), func(t *testing.T) { a.follows(t, l, causes) })
	}
	for path := range all {
		assert.NotEqual(t, tested[path], notArmed[path] != "", "the setting %s: in allArmed or in notArmed, and in one of them", path)
	}
	for path := range notArmed {
		assert.Contains(t, all, path, "notArmed")
	}
	for _, cause := range queue.DeadlineCauses() {
		assert.NotEqual(t, causes[cause], notOfSettings[cause] != "", "the deadline %s: in allArmed or in notOfSettings, and in one of them", cause)
	}
}

// change is a change of a setting: from was to is, after a time. The deadline acts at due.
type change struct {
	name        string
	was, is     time.Duration
	after, due  time.Duration
	doesNotHold string
}

func (a armed) changes() []change {
	const s = time.Second
	on := func(is, after time.Duration) time.Duration {
		if a.fromChange {
			return after + is
		}
		return max(is, after)
	}
	return []change{
		{"shortened beyond the present", 100 * s, 20 * s, 50 * s, 50 * s, ""},
		{"shortened", 100 * s, 80 * s, 50 * s, 80 * s, ""},
		{"lengthened", 100 * s, 200 * s, 50 * s, 200 * s, a.lengthens},
		{"switched off", 100 * s, 0, 50 * s, max(a.zero, 50*s), ""},
		{"switched on", 0, 20 * s, 10 * s, on(20*s, 10*s), a.switchesOn},
		{"switched on beyond the present", 0, 10 * s, 20 * s, on(10*s, 20*s), a.switchesOn},
		{"switched off and on", 100 * s, 200 * s, 50 * s, on(200*s, 50*s), a.lengthens + a.switchesOn + map[bool]string{false: "0 is a time"}[a.zero == never]},
	}
}

func (a armed) follows(t *testing.T, l leaf, causes map[string]bool) {
	for _, c := range a.changes() {
		if c.doesNotHold != "" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			f := newFloor(t, queue.Campaign{})
			a.set(f, l, c.was)
			a.begin(f)
			began, before := f.now, len(f.events)
			acted := func() (n int) {
				for _, ev := range f.events[before:] {
					if a.acts(f, ev) {
						n++
						causes[ev.Cause] = true
					}
				}
				return n
			}
			to := func(at time.Duration) { // polled as by an alarm
				for end := began.Add(at); f.now.Before(end); {
					f.pass(min(end.Sub(f.now), 20*time.Second))
				}
			}
			to(c.after)
			require.Zero(t, acted(), "before the change")
			if c.name == "switched off and on" {
				a.set(f, l, 0)
				f.pass(0)
			}
			a.set(f, l, c.is)
			if c.due == never {
				to(c.after + 30*time.Minute)
				assert.Zero(t, acted())
				return
			}
			if c.due > c.after {
				to(c.due - time.Millisecond)
				assert.Zero(t, acted(), "before it is due")
				f.pass(time.Millisecond)
			}
			f.pass(1) // a service level is met up to its instant
			assert.Equal(t, 1, acted(), "when it is due")
			f.pass(5 * time.Second)
			assert.Equal(t, 1, acted(), "once")
		})
	}
}

// Overflow steps keep what was done of them when the list is edited while a customer waits.
func TestOverflowStepsAreEdited(t *testing.T) {
	sorry := queue.Overflow{After: 10 * time.Second, Do: queue.DoMessage, Text: "sorry"}
	end := queue.Overflow{After: time.Minute, Do: queue.DoEnd}
	inVain := queue.Overflow{When: queue.QueueLonger, Than: 5, Do: queue.DoBot, Target: "menu"}
	for name, c := range map[string]struct {
		before, after []queue.Overflow
		texts         int
		outcome       queue.Outcome
	}{
		"a step before it is removed":  {[]queue.Overflow{inVain, sorry, end}, []queue.Overflow{sorry, end}, 1, queue.OutcomeTimedOut},
		"a step is put before it":      {[]queue.Overflow{sorry, end}, []queue.Overflow{inVain, sorry, end}, 1, queue.OutcomeTimedOut},
		"a step is new":                {[]queue.Overflow{end}, []queue.Overflow{sorry, end}, 1, queue.OutcomeTimedOut},
		"its text is corrected":        {[]queue.Overflow{sorry, end}, []queue.Overflow{{After: 10 * time.Second, Do: queue.DoMessage, Text: "Sorry."}, end}, 1, queue.OutcomeTimedOut},
		"it is removed":                {[]queue.Overflow{sorry, end}, []queue.Overflow{end}, 1, queue.OutcomeTimedOut},
		"the last is removed":          {[]queue.Overflow{sorry, end}, []queue.Overflow{sorry}, 1, ""},
		"a performed step has repeats": {[]queue.Overflow{sorry, end}, []queue.Overflow{{After: 10 * time.Second, Every: time.Second, Do: queue.DoMessage, Text: "sorry"}, end}, 1, queue.OutcomeTimedOut},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFloor(t, queue.Campaign{Overflow: c.before})
			id := f.says("maria", "hello")
			f.pass(20 * time.Second)
			f.configure(queue.Campaign{Overflow: c.after})
			f.pass(0)
			assert.Len(t, f.texts(id), c.texts)
			f.pass(39 * time.Second)
			assert.Empty(t, f.all(queue.Ended, id))
			f.pass(2 * time.Second)
			assert.Len(t, f.texts(id), c.texts)
			if c.outcome != "" {
				assert.Equal(t, c.outcome, f.outcome(id))
			} else {
				assert.Empty(t, f.all(queue.Ended, id))
			}
		})
	}
}

// An agent in wrap-up after interactions of two campaigns stays for the longer, whichever is
// changed.
func TestWrapUpOfTwoCampaignsFollows(t *testing.T) {
	sales, support := queue.Campaign{WrapUp: 60 * time.Second}, queue.Campaign{ID: "support", WrapUp: 100 * time.Second}
	for name, c := range map[string]struct {
		sales, support, ends time.Duration
	}{
		"the longer is shortened below the other": {60 * time.Second, 5 * time.Second, 60 * time.Second},
		"the shorter is lengthened":               {150 * time.Second, 100 * time.Second, 150 * time.Second},
		"the shorter is switched off":             {0, 100 * time.Second, 110 * time.Second},
		"both are switched off":                   {0, 0, 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFloor(t, sales, support)
			f.available("ana")
			first := f.answered("maria", "ana")
			call := f.contact("juan", "hello")
			call.Number = other
			second := f.arrives(call)
			f.do(queue.Assign{Agent: "ana", Interaction: second, Override: true})
			f.do(queue.Finish{Agent: "ana", Interaction: first})
			f.pass(10 * time.Second)
			f.do(queue.Finish{Agent: "ana", Interaction: second})
			f.pass(10 * time.Second)
			f.configure(queue.Campaign{WrapUp: c.sales})
			f.configure(queue.Campaign{ID: "support", WrapUp: c.support})
			over := func() (n int) {
				for _, ev := range f.all(queue.AgentWrapUp, "") {
					if ev.Until.IsZero() {
						n++
					}
				}
				return n
			}
			if c.ends > 20*time.Second {
				f.pass(start.Add(c.ends).Sub(f.now) - 1)
				assert.Zero(t, over())
				f.pass(1)
			}
			f.pass(0)
			assert.Equal(t, 1, over())
		})
	}
}

// A customer who waits for the agent they had is released when the campaign no longer waits
// for agents, and not by a change of another setting.
func TestStickyIsSwitchedOff(t *testing.T) {
	sticky := queue.Campaign{Sticky: queue.StickyWait, StickyWait: 100 * time.Second}
	f := newFloor(t, sticky)
	f.available("ana")
	f.do(queue.Finish{Interaction: f.answered("maria", "ana"), Agent: "ana"})
	f.do(queue.AgentState{Agent: "ana", State: queue.Paused})
	id := f.says("maria", "me again")
	f.available("bruno")
	sticky.MaxTime = time.Hour
	f.configure(sticky)
	f.pass(50 * time.Second)
	assert.Empty(t, f.view(id).Offered, "still for ana")
	sticky.Sticky = queue.StickyPrefer
	f.configure(sticky)
	f.pass(0)
	assert.Equal(t, "bruno", f.view(id).Offered)
}

// Announcements that are switched on reach those who wait already.
func TestAnnouncementsAreSwitchedOn(t *testing.T) {
	f := newFloor(t, queue.Campaign{})
	id := f.says("maria", "hello")
	f.pass(50 * time.Second)
	f.configure(queue.Campaign{Announce: queue.Announce{Text: "{position}", Every: 20 * time.Second}})
	f.pass(0)
	assert.Equal(t, []string{"1"}, f.texts(id))
	f.pass(20 * time.Second)
	assert.Len(t, f.texts(id), 2)
	f.configure(queue.Campaign{})
	f.pass(time.Minute)
	assert.Len(t, f.texts(id), 2)
}
