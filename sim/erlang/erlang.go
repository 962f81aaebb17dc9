// Package erlang has the closed formulas of queueing theory that contact centers plan with:
// Erlang's B and C, a queue of limited length, and Erlang A with customers who lose patience.
// The simulator is held against them, and begins its search for staffing with them.
//
// Arrivals are Poisson, handle times exponential, customers are served in their order, and
// each agent has one at a time.
package erlang

import "math"

// Queue is one queue in the long run. Rates are per any unit of time, and so are the times
// in a [Result].
type Queue struct {
	Arrivals float64 // per unit of time
	Handle   float64 // mean handle time
	Agents   int
	// Limit is how many may wait; -1 = no limit, 0 = nobody waits (Erlang B).
	Limit int
	// Patience is the mean of an exponential patience; 0 = customers wait for ever.
	Patience float64
	// Within is the wait that counts for the service level.
	Within float64
}

// Result is what a [Queue] comes to. Shares are of all who come.
type Result struct {
	Wait      float64 // share that has to wait
	Blocked   float64 // share turned away because too many wait
	Abandoned float64 // share that loses patience
	// Served is the mean wait of those answered, All that of all who were let in.
	Served float64
	All    float64
	// InTime is the share answered within Within, not waiting included.
	InTime    float64
	Occupancy float64
	Length    float64 // mean number waiting
}

// B is Erlang's loss formula: the share that finds all agents busy when nobody waits.
func B(agents int, erlangs float64) float64 {
	b := 1.0
	for n := 1; n <= agents; n++ {
		b = erlangs * b / (float64(n) + erlangs*b)
	}
	return b
}

// C is Erlang's delay formula: the share that has to wait when everybody may. It is 1 when
// more work comes than the agents can do.
func C(agents int, erlangs float64) float64 {
	n := float64(agents)
	if erlangs >= n {
		return 1
	}
	b := B(agents, erlangs)
	return n * b / (n - erlangs*(1-b))
}

// critical is the load from which a queue without a limit counts as one that only grows.
const critical = 1 - 1e-5

// Solve computes a queue. Without a limit and without impatience it needs fewer arrivals
// than the agents can serve; otherwise everything is infinite.
func (q Queue) Solve() Result {
	n, mu := float64(q.Agents), 1/q.Handle
	theta := 0.0
	if q.Patience > 0 {
		theta = 1 / q.Patience
	}
	if q.Limit < 0 && theta == 0 && q.Arrivals >= n*mu*critical {
		inf := math.Inf(1)
		return Result{Wait: 1, Served: inf, All: inf, Length: inf, Occupancy: 1}
	}
	// The chain of the number inside: p[n+j] has j waiting.
	p := q.chain(n, mu, theta)
	var r Result
	waiting := len(p) - 1 - q.Agents
	for j, x := range p {
		switch j -= q.Agents; {
		case j < 0:
			r.Occupancy += x * float64(j+q.Agents) / n
			continue
		case j == q.Limit:
			r.Blocked += x
		case j < waiting:
			r.Wait += x
		}
		r.Occupancy += x
		r.Length += x * float64(j)
	}
	if waiting == 0 {
		r.Wait = 0
	}
	r.Abandoned = theta * r.Length / q.Arrivals
	in := 1 - r.Blocked
	r.All = r.Length / q.Arrivals / in
	q.waits(p, n*mu, theta, &r)
	return r
}

// chain returns the stationary probabilities, as far as they matter.
func (q Queue) chain(n, mu, theta float64) []float64 {
	p := []float64{1}
	sum := 1.0
	for i := 1; ; i++ {
		if q.Limit >= 0 && i > q.Agents+q.Limit {
			break
		}
		out := math.Min(float64(i), n)*mu + math.Max(float64(i)-n, 0)*theta
		next := p[i-1] * q.Arrivals / out
		if i > q.Agents && next < 1e-18*sum {
			break
		}
		p = append(p, next)
		if sum += next; sum > 1e250 { // large centers leave the range of numbers
			for k := range p {
				p[k] /= sum
			}
			sum = 1
		}
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// waits computes the waits of those who are served. One who finds j waiting is served
// before losing patience with a chance that telescopes, and the time it takes is that of
// j + 1 steps at growing rates.
func (q Queue) waits(p []float64, all, theta float64, r *Result) {
	served := 1 - r.Blocked - r.Abandoned
	now := 0.0
	for i := range q.Agents {
		now += p[i]
	}
	within := now
	sum := 0.0
	dist := newSteps(all, theta, q.Within)
	for j := 0; q.Agents+j < len(p); j++ {
		if j == q.Limit {
			break
		}
		x := p[q.Agents+j]
		mean, in := dist.next()
		sum += x * mean
		within += x * in
	}
	if served > 0 {
		r.Served = sum / served
	}
	r.InTime = within
}

// steps follows one customer behind j others: at a rate of all + (j+1)·theta something
// happens in front of them or to them.
type steps struct {
	all, theta, within float64
	j                  int
	chance, mean       float64 // of being served at last, and the mean time until then
	fewer              float64 // the chance of fewer than j Poisson events in the time
}

func newSteps(all, theta, within float64) *steps {
	return &steps{all: all, theta: theta, within: within, chance: 1}
}

// next returns, for the next longer queue, the mean wait of one who is then served times
// the chance of being served, and the chance of being served within the time.
func (s *steps) next() (mean, within float64) {
	rate := s.all + float64(s.j+1)*s.theta
	// In the first event the customer stays with this chance.
	stay := (rate - s.theta) / rate
	s.chance *= stay
	s.mean += 1 / rate
	s.j++
	return s.chance * s.mean, s.chance * s.hypoexponential()
}

// hypoexponential is the chance that j steps, at rates all + theta … all + j·theta, are
// over within the time. With theta it is that all of j independent lives of rate theta and
// one of a gamma kind have passed, which is an incomplete beta function; without, Erlang's
// distribution.
func (s *steps) hypoexponential() float64 {
	if s.theta == 0 {
		return s.poisson()
	}
	// The sum of independent exponentials of rates a+θ, …, a+jθ is the j-th order
	// statistic of a pure death process: P = I(1 − e^(−θt); j, a/θ + 1).
	return IncompleteBeta(1-math.Exp(-s.theta*s.within), float64(s.j), s.all/s.theta+1)
}

// poisson is the chance that at least j events happen in the time, for growing j.
func (s *steps) poisson() float64 {
	x := s.all * s.within
	if x <= 0 {
		return 0
	}
	i := float64(s.j - 1)
	lg, _ := math.Lgamma(i + 1)
	s.fewer += math.Exp(i*math.Log(x) - x - lg)
	return math.Max(1-s.fewer, 0)
}
