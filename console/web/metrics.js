// Figures from raw counters. The formulas are those of package sla, under the same names;
// null means that nothing was counted that a figure is about.
const ratio = (a, b) => (b > 0 ? a / b : null);
const mean = (micros, n) => (n > 0 ? (micros || 0) / 1e6 / n : null);
const z = (n) => n || 0;

export const formulas = {
  serviceLevel: (c) => ratio(z(c.answeredIn), z(c.answeredIn) + z(c.answeredLate)),
  serviceLevelWithAbandoned: (c) => {
    const good = z(c.answeredIn) + z(c.abandonedIn);
    return ratio(good, good + z(c.answeredLate) + z(c.abandonedLate));
  },
  abandonRate: (c) => {
    const left = z(c.abandoned) - z(c.abandonedShort);
    return ratio(left, z(c.answered) + left + z(c.timedOut));
  },
  averageWait: (c) => mean(c.waitSumMicros, c.answered),
  longestWait: (c) => (c.answered > 0 ? z(c.waitMaxMicros) / 1e6 : null),
  averageAbandonWait: (c) => mean(c.abandonWaitSumMicros, c.abandoned),
  averageFirstResponse: (c) => mean(c.responseSumMicros, c.responded),
  averageHandleTime: (c) => mean(c.handleSumMicros, c.handled),
  transferRate: (c) => ratio(z(c.transferred), z(c.handled)),
  occupancy: (c) => ratio(z(c.busySumMicros), z(c.loggedInSumMicros)),
};

// tone says whether a figure needs attention: 'warn', 'bad' or ''.
export function tone(name, v) {
  if (v === null || v === undefined) return '';
  switch (name) {
    case 'serviceLevel': case 'serviceLevelWithAbandoned': return v < 0.6 ? 'bad' : v < 0.8 ? 'warn' : '';
    case 'abandonRate': return v > 0.1 ? 'bad' : v > 0.05 ? 'warn' : '';
    case 'occupancy': return v > 0.95 ? 'bad' : v > 0.88 ? 'warn' : '';
    case 'transferRate': return v > 0.4 ? 'warn' : '';
    default: return '';
  }
}

// ageTone colours a wait by the service level's threshold in seconds: late, then very late.
export function ageTone(seconds, threshold) {
  const limit = threshold || 60;
  return seconds > limit * 3 ? 'bad' : seconds > limit ? 'warn' : '';
}

export const outcomes = ['answered', 'bot_ended', 'abandoned', 'timed_out', 'queue_full', 'out_of_hours', 'blacklisted', 'disabled', 'failed'];
export const refusals = ['queue_full', 'out_of_hours', 'blacklisted', 'disabled', 'failed'];
export const colors = { answered: 'k1', bot_ended: 'k2', abandoned: 'k4', timed_out: 'k3', queue_full: 'k6', out_of_hours: 'k5', blacklisted: 'k5', disabled: 'k5', failed: 'k4' };
