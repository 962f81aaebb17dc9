package queue

import (
	"slices"
	"time"

	"github.com/usher-go/usher/schedule"
	"github.com/usher-go/usher/strategy"
)

// This file has the state that events fold into. Everything here is changed by the
// apply functions alone; what can be derived again (places in trees, marks of what needs
// a decision) stands apart from what a snapshot keeps.

// phase is who has an interaction.
type phase uint8

const (
	inBot   phase = iota // a bot
	inQueue              // the queue; offered != nil while an agent is being asked
	inAgent              // an agent; offered != nil while it is being transferred
	inEnd                // nobody; kept only until its last messages are out
)

// interaction is one conversation.
type interaction struct {
	id     string
	ord    uint64 // order of opening in the center: unique, breaks every tie of age
	camp   *campaign
	cust   *customer // nil for a contact without aliases
	number string
	opened int64
	vars   map[string]string

	phase        phase
	outbound     bool
	answered     bool // an agent had it at some time
	parked       bool
	over         bool // holds a slot over the limit
	overdue      bool // MaxTime passed while an offer was out
	breached     bool
	turnedAway   bool // by a full queue: what its bot ends is queue_full
	customerTurn bool // the agent spoke last
	warned       bool
	listed       bool // the agent was told that the customer is blacklisted
	dirty        bool // derived: needs a decision

	// What it asks for.
	priority int
	cost     int
	wants    []Skill     // as it was asked for, sorted by name
	skills   []Skill     // what waiting has left of that
	prefers  *preference // nil = nobody
	only     *agent      // the preferred agent it waits for, nil = anybody

	// In the queue.
	since   int64      // the age: order counts from here, through returns and moves
	entered int64      // entry of this segment: wait and service level count from here
	clock   int64      // what MaxTime counts from
	held    int64      // held until opening since then, 0 = not held: no time passes of MaxTime
	relaxed int        // Relax steps taken
	tier    int        // tiers open beside the first
	widened int        // of these, how many overflow steps opened
	check   *listCheck // the blacklist of another campaign is being asked, nil = none
	steps   []int64    // when each overflow step is considered again; 0 = by its After, negative: see stepDone
	class   *class
	rank    rank
	history []asking // the agents asked, the one asked longest ago first
	round   int      // rounds of asking completed

	offered *agent // being asked
	until   int64  // the offer's deadline, 0 = none
	rung    int64  // the offer was made
	asked   uint64 // the event that offered it
	agent   *agent // has it
	last    string // the agent who had it last
	taken   int64  // that agent answered
	// disposition is what the agent said at the end; a bot may have it since.
	disposition string
	hops        int32
	place       int32 // the position last told
	toldAt      int64 // when that was, also where it was not said; 0 = never

	bot    *botSession
	first  *Message // what opened it, until a bot or the queue has it
	outbox []*outgoing
	wishes *wishes // to send, by their tokens; nil = none had one

	// The conversation with an agent.
	spoke int64 // the last message of either side, or the answer

	timers []*timer
}

// wishes are the tokens of what was sent, the latest last, to send each wish once.
type wishes struct{ tokens []string }

// granted reports whether a wish was sent before.
func (w *wishes) granted(token string) bool { return w != nil && slices.Contains(w.tokens, token) }

// list returns a copy.
func (w *wishes) list() []string {
	if w == nil {
		return nil
	}
	return slices.Clone(w.tokens)
}

// grant remembers one more.
func (in *interaction) grant(token string) {
	if in.wishes == nil {
		in.wishes = &wishes{}
	}
	w := in.wishes
	w.tokens = append(w.tokens, token)
	if len(w.tokens) > maxTokens {
		w.tokens = slices.Delete(w.tokens, 0, 1)
	}
}

// preference is the agents that an interaction should go to.
type preference struct {
	agents []Preferred
	most   int64 // how long they are waited for
	until  int64 // the waiting ends then, 0 = it has not begun
	sticky bool  // that follows the campaign's StickyWait
}

// preference returns a copy, the zero one for none.
func (in *interaction) preference() preference {
	if in.prefers == nil {
		return preference{}
	}
	return *in.prefers
}

// prefer sets the preference. Most have none and take no room for it.
func (in *interaction) prefer(p preference) {
	if len(p.agents) == 0 && p.most == 0 && p.until == 0 {
		in.prefers = nil
		return
	}
	own := p // so that only this path costs an allocation
	in.prefers = &own
}

// botSession is a bot's turn of owning an interaction.
type botSession struct {
	name    string
	phase   Phase
	session uint64 // the event that started it
	turn    int
	asked   uint64    // the event that asked for this turn, 0 = it waits for the customer
	input   *Message  // of this turn
	inbox   []Message // came while a turn was under way
}

// outgoing is a message that is not settled yet.
type outgoing struct {
	key      string
	message  Message
	state    MessageState
	kind     messageKind
	attempts int
	asked    uint64   // the event that asked to send it, 0 = not asked now
	seq      uint64   // the event that queued it
	queued   int64    // when that was
	tried    int64    // when the last attempt began
	again    int64    // the next attempt, 0 = as soon as it may
	blocked  bool     // it waits for its account
	account  *account // that is sending it, nil = it is not being sent
	reason   string   // why the last attempt failed
}

// sentRef is a message that the provider has, kept to place its receipts.
type sentRef struct {
	number, provider string
	interaction, key string
	campaign         string
	state            MessageState
	at               int64
	priced           bool // its price is known
}

// agent is one agent's state over all campaigns.
type agent struct {
	id        string
	cfg       Agent
	limit     int
	state     State
	reason    string
	afterWork bool // takes nothing new, then pauses or leaves
	next      State
	onCall    bool
	wrapFrom  int64
	wrapUntil int64 // 0 = not in wrap-up
	wrapMax   int64
	wrapMore  int64   // the agent extended it by so much
	wraps     []stamp // by campaign: when its latest interaction before this wrap-up ended
	delay     int64   // offered nothing until then, 0 = no delay
	delayFrom int64   // since then
	delayBy   string  // the campaign whose setting it is, "" = not known
	delayFor  string  // how the offer ended, as in the event
	lease     int64   // presence lapses then, 0 = never
	ready     int64   // became available
	worked    int64   // answered or finished last
	finished  int64
	misses    int

	load      int // active, offered and reserved, weighted
	active    int // interactions the agent has and that are not parked
	exclusive int // of these and of those being offered, of campaigns with InCall

	members []*member
	has     []*interaction // owned, parked ones included, in order of answering
	asked   []*interaction // being offered
	kept    []*class       // interactions that wait for this agent alone

	timers []*timer
	dirty  bool
	mark   uint64 // see markAsked
}

// member is an agent in a campaign.
type member struct {
	id       string // the agent's, at hand
	agent    *agent
	camp     *campaign
	cfg      Member
	position int
	limit    int
	joined   int64
	answered int
	turn     int64

	load    int
	skills  *skillSet
	blocked reason
	pool    *pool // nil when blocked
	last    *pool // the latest, for the next time
	rank    rank
	weight  uint64 // see weightOf
}

// campaign is a campaign's state.
type campaign struct {
	id    string
	cfg   Campaign
	hours *schedule.Hours
	zone  *time.Location
	tiers []int // distinct tiers of the members, ascending
	open  bool
	turns int64 // the last turn given
	pace  int64 // mean time between two answers while somebody waits
	last  int64 // the last answer, 0 = nobody has waited since

	members []*member
	waiting int // owned by the queue
	ringing int // of these, being offered to an agent
	total   int // open interactions

	strategy string // the name of order
	foreign  bool   // order is the host's: its calls are guarded
	failures int    // of order, since the campaign was configured
	disabled bool   // order failed too often: the default order is used
	order    strategy.Strategy
	pull     strategy.Puller
	draw     strategy.Drawer
	choose   strategy.Chooser
	bySkill  bool

	sets    map[string]*skillSet // distinct profiles of members and requirements
	pools   map[poolKey]*pool
	classes map[classKey]*class
	recent  *class    // the latest used
	plain   *skillSet // that of no skills
	lists   []*class  // of classes, in order of creation
	costs   []int     // distinct costs seen, ascending
	version int       // of the relation between pools and classes
	reasons [reasons]int

	unrecorded int // failures of order that no event has yet

	timers []*timer
}

// customer is who writes.
type customer struct {
	id      string
	name    string
	aliases []string
	weak    []string
	address string  // the alias that wrote last, exactly
	proofs  []stamp // when a customer with an id last showed each phone, by aliasKey
	seen    int64
	open    []*interaction
	sending []*interaction // with messages that are not settled, in the order of their first
	windows []stamp        // the last message by number
	lasts   []past         // the last interaction by campaign
	told    []stamp        // out-of-hours text by campaign: the closed period it was for

	older, newer *customer // in order of seen
}

type stamp struct {
	name string
	at   int64
}

// past is a customer's last interaction in a campaign.
type past struct {
	campaign    string
	interaction string
	agent       string
	at          int64
	since       int64
	outcome     Outcome
	vars        map[string]string
}
