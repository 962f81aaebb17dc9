// What the page knows, and how it asks the server. Screens read through useResource, which
// knows whether what it holds can still be believed; commands go through act.
import { useState, useEffect, useRef } from './lib/hooks.js';
import { Live } from './live.js';
import { t, has, lang } from './i18n.js';
import { now, plain, setServerTime } from './format.js';
import { toast } from './ui.js';

export class ApiError extends Error {
  constructor(status, detail) {
    super(detail?.message || `HTTP ${status}`);
    Object.assign(this, { status, code: detail?.code || '', detail: detail || {} });
  }
}

// as is whose desk it is, where a demonstration lets the address say so.
const as = new URLSearchParams(location.search).get('as') || '';
export const withAs = (url) => (as && url ? `${url}${url.includes('?') ? '&' : '?'}as=${encodeURIComponent(as)}` : url);
export function sitDown(agent) { location.search = agent ? `?as=${encodeURIComponent(agent)}` : ''; }

// call asks the server. A command keeps its key over all its tries, so that a bad line never
// doubles it; only a line that broke is tried again, never a refusal.
async function call(method, path, { body, key, raw, tries = method === 'GET' ? 1 : 3 } = {}) {
  const headers = { Accept: 'application/json' };
  if (as) headers['Usher-As'] = as;
  if (method !== 'GET') headers['Idempotency-Key'] = key || newKey();
  if (raw) headers['Content-Type'] = raw.type || 'application/octet-stream'; else if (method !== 'GET') headers['Content-Type'] = 'application/json';
  for (let n = 1; ; n++) {
    let res;
    try {
      res = await fetch(path, { method, headers, body: raw || (method === 'GET' ? undefined : JSON.stringify(body || {})), cache: 'no-store', credentials: 'same-origin' });
    } catch {
      if (n >= tries) throw new ApiError(0, { code: 'offline', message: t('error.offline') });
      await new Promise((done) => setTimeout(done, 400 * n));
      continue;
    }
    const data = await res.json().catch(() => null);
    if (data?.now) setServerTime(data.now);
    if (res.ok && data) meet(data, data.interaction, ...['items', 'pending', 'active', 'history', 'interactions'].flatMap((k) => (Array.isArray(data[k]) ? data[k] : [])));
    if (res.ok) return data;
    if (res.status === 401) set({ refused: state.me ? state.refused : { status: 401, message: '' }, expired: true });
    throw new ApiError(res.status, data?.error);
  }
}
export const newKey = () => (crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join(''));

const e = encodeURIComponent;
const q = (o) => {
  const p = new URLSearchParams(Object.entries(o).filter(([, v]) => v !== undefined && v !== '' && v !== null));
  return p.size ? `?${p}` : '';
};

// from turns the name of a period into its beginning; what is no name means today.
export function from(period) {
  const d = new Date(now()), hours = { '1h': 1, '4h': 4, '24h': 24 }[period];
  if (hours) d.setTime(d.getTime() - hours * 3600_000); else d.setHours(0, 0, 0, 0);
  return d.toISOString();
}

export const api = {
  session: () => call('GET', 'api/session'),
  board: (f) => call('GET', 'api/board' + q(f)),
  series: (f) => call('GET', 'api/series' + q(f)),
  campaigns: () => call('GET', 'api/campaigns'),
  agents: (f = {}) => call('GET', 'api/agents' + q(f)),
  list: (f) => call('GET', 'api/interactions' + q(f)),
  csv: (what, f) => withAs(`api/csv/${what}` + q({ headings: lang(), ...f })),
  interaction: (id) => call('GET', `api/interactions/${e(id)}`),
  explain: (id) => call('GET', `api/interactions/${e(id)}/explain`),
  conversation: (id, before) => call('GET', `api/interactions/${e(id)}/conversation` + q({ before, limit: 200 })),
  timeline: (id) => call('GET', `api/interactions/${e(id)}/timeline`),
  customer: (id, before) => call('GET', `api/customers/${e(id)}/interactions` + q({ before, limit: 30 })),
  targets: async (id) => { const x = await call('GET', `api/interactions/${e(id)}/targets`); learn(x.agents); return x; },
  desk: () => call('GET', 'api/desk'),
  ownState: (body) => call('POST', 'api/desk/state', { body }),
  wrapUp: (seconds) => call('POST', 'api/desk/wrapup', { body: { seconds } }),
  agentState: (id, body) => call('POST', `api/agents/${e(id)}/state`, { body }),
  command: (id, verb, body, key) => call('POST', `api/interactions/${e(id)}/${verb}`, { body, key }),
  upload: (id, file) => call('POST', `api/interactions/${e(id)}/upload` + q({ name: file.name }), { raw: file }),
  start: (body, key) => call('POST', 'api/interactions', { body, key }),
  settings: (id) => call('GET', `api/campaigns/${e(id)}/settings`),
  checkSettings: (id, body) => call('POST', `api/campaigns/${e(id)}/settings/check`, { body, tries: 1 }),
  saveSettings: (id, body) => call('PUT', `api/campaigns/${e(id)}/settings`, { body }),
  blacklist: (f) => call('GET', 'api/blacklist' + q(f)),
  blacklistAdd: (entries) => call('POST', 'api/blacklist', { body: { entries } }),
  blacklistRemove: (entries) => call('POST', 'api/blacklist/remove', { body: { entries } }),
  blacklistImport: (csv, check) => call('POST', 'api/blacklist/import', { body: { csv, check } }),
  blacklistHistory: (f) => call('GET', 'api/blacklist/history' + q(f)),
  whatIf: (body) => call('POST', 'api/whatif', { body }),
  whatIfRun: (id) => call('GET', `api/whatif/${e(id)}`),
  whatIfCancel: (id) => call('POST', `api/whatif/${e(id)}/cancel`),
};

// state is what every screen shares. epoch goes up whenever something may have been missed:
// what was read in an earlier one is stale until it is read again.
let state = { session: null, me: null, live: 'connecting', epoch: 0, attention: 0, refused: null, expired: false, names: (id) => id };
const watchers = new Set();
export const store = { get: () => state };
function set(part) { state = { ...state, ...part }; for (const w of watchers) w(); }
export function useStore() {
  const [, draw] = useState(0);
  useEffect(() => { const w = () => draw((n) => n + 1); watchers.add(w); return () => watchers.delete(w); }, []);
  return state;
}
export const setAttention = (n) => n !== state.attention && set({ attention: n });
export const can = (what) => !!state.me?.can.includes(what);

// command does something that may be refused, and says so when it is. It returns the answer,
// or null.
export async function act(run, { quiet } = {}) {
  try { return (await run()) || true; } catch (err) {
    if (!quiet) toast(explain(err), 'bad');
    bump();
    return null;
  }
}
// explain is what went wrong in the reader's language, where the code is known.
export function explain(err) {
  const d = err.detail || {};
  const key = 'error.' + err.code;
  const text = has(key) ? t(key) : plain(err.message, 300) || t('error.unknown');
  const why = d.reason && d.reason !== d.code ? (has('reason.' + d.reason) ? t('reason.' + d.reason) : plain(d.reason, 120)) : '';
  return why && has(key) ? `${text} (${why})` : text;
}

const listeners = new Map(); // by type of event
function emit(type, data) { for (const f of listeners.get(type) || []) f(data); }
export function useEvents(type, f, deps = []) {
  useEffect(() => {
    if (!listeners.has(type)) listeners.set(type, new Set());
    listeners.get(type).add(f);
    return () => listeners.get(type).delete(f);
  }, deps);
}
// bump makes every resource read again.
function bump() { set({ epoch: state.epoch + 1 }); emit('again'); }

// useResource reads something and keeps it: again after events of the kinds in `on` (several
// in a moment cost one reading), after every gap, and every so often while there is no
// stream. stale is true as long as what it holds may not be so any more.
export function useResource(load, deps, { on = [], every = 30_000, match, quiet } = {}) {
  const [r, setR] = useState({ data: null, error: null, epoch: -1 });
  const box = useRef({});
  const b = box.current;
  b.load = load;
  b.run = async () => {
    if (b.busy) { b.again = true; return; }
    b.busy = true;
    const mine = b.generation, epoch = state.epoch;
    try {
      const data = await b.load();
      if (mine === b.generation) setR({ data, error: null, epoch });
    } catch (error) { if (mine === b.generation) setR((old) => ({ ...old, error, epoch: error.status >= 400 ? epoch : old.epoch })); }
    b.busy = false;
    if (b.again) { b.again = false; b.soon(150); }
  };
  b.soon = (wait = 120) => { if (!b.timer) b.timer = setTimeout(() => { b.timer = 0; b.run(); }, wait); };
  useEffect(() => {
    b.generation = (b.generation || 0) + 1;
    b.busy = false;
    if (b.keyed) setR({ data: null, error: null, epoch: -1 });
    b.keyed = true;
    b.run();
    return () => { b.generation++; clearTimeout(b.timer); b.timer = 0; };
  }, deps);
  useEffect(() => {
    const hear = (type) => (ev) => { if (!match || match(ev)) b.soon(type === 'board' ? 400 : 120); };
    const fs = on.map((type) => [type, hear(type)]);
    fs.push(['again', () => b.soon(20)]);
    for (const [type, f] of fs) { if (!listeners.has(type)) listeners.set(type, new Set()); listeners.get(type).add(f); }
    const id = setInterval(() => { if (!document.hidden && (state.live !== 'live' || every < 20_000)) b.run(); }, every);
    return () => { for (const [type, f] of fs) listeners.get(type).delete(f); clearInterval(id); };
  }, []);
  const trusted = state.live === 'live' || state.live === 'polling';
  return { ...r, stale: r.data !== null && (!trusted || r.epoch !== state.epoch) && state.live !== 'connecting', refresh: (at) => (at ? b.run() : b.soon(80)) };
}

// sound is two short tones made on the spot; only the tab that reads the stream plays them.
let audio = null, live = null;
const read = (k) => { try { return localStorage.getItem(k); } catch { return null; } };
export const sound = {
  on: () => read('usher.sound') !== 'off',
  toggle() { try { localStorage.setItem('usher.sound', sound.on() ? 'off' : 'on'); } catch { /* private window */ } if (sound.on()) sound.play('message'); },
  play(kind) {
    if (!sound.on() || !live?.leading) return;
    try {
      audio ||= new AudioContext();
      const at = audio.currentTime + 0.02;
      (kind === 'offer' ? [659, 880, 659, 880] : [784]).forEach((f, i) => {
        const o = audio.createOscillator(), g = audio.createGain();
        o.frequency.value = f;
        g.gain.setValueAtTime(0, at + i * 0.14); g.gain.linearRampToValueAtTime(0.08, at + i * 0.14 + 0.015); g.gain.exponentialRampToValueAtTime(0.0005, at + i * 0.14 + 0.13);
        o.connect(g).connect(audio.destination);
        o.start(at + i * 0.14); o.stop(at + i * 0.14 + 0.14);
      });
    } catch { /* not allowed before a gesture */ }
  },
};

// follow asks the stream for an interaction that is not one's own, while it is looked at.
export function useFollow(id) { useEffect(() => { live?.follow(id ? [id] : []); return () => live?.follow([]); }, [id]); }

// names says what an agent is called, as far as it is known: whoever may watch is told all
// at once, an agent learns the names of those they meet, agents, supervisors and campaigns alike.
const known = new Map();
const agents = new Map();
export const people = () => [...agents];
export function learn(list) {
  for (const a of list) if (a.name) { known.set(a.id, a.name); agents.set(a.id, a.name); }
  set({ names: (id) => (id && id === state.me?.agent ? state.me.name : known.get(id)) || id });
}
// meet learns the names that come with an answer or an event.
function meet(...things) {
  let fresh = false;
  for (const x of things) for (const [id, name] of Object.entries(x?.names || {})) if (known.get(id) !== name) { known.set(id, name); fresh = true; }
  if (fresh) learn([]);
}
async function learnNames() {
  try { learn(can('watch') || can('supervise') ? (await api.agents()).agents : []); } catch { learn([]); }
}

function screensOf(actor) {
  const has = (...names) => names.some((n) => actor.can.includes(n));
  return [has('watch') && 'dashboard', has('work') && actor.agent && 'desk', has('configure', 'supervise') && 'settings'].filter(Boolean);
}

// A page that is put aside lets go of the stream, and reads everything again when it is
// taken up.
addEventListener('pagehide', () => live?.stop());
addEventListener('pageshow', (ev) => { if (ev.persisted) { bump(); boot(); } });

export async function boot() {
  try {
    const session = await api.session();
    const a = session.actor;
    set({ session, refused: null, expired: false, me: { ...a, name: a.name || a.id, screens: screensOf(a), demo: session.demo } });
    learnNames();
    live?.stop();
    live = new Live({
      url: 'api/stream', poll: 'api/events', headers: as ? { 'Usher-As': as } : {}, name: location.pathname + ' ' + a.id, cursor: session.cursor, quiet: (session.heartbeat || 15) * 2500,
      onEvent: (type, data) => { meet(data.item); emit(type, data); },
      onGap: bump,
      onState: (s) => { const was = state.live; set({ live: s, expired: s === 'denied' }); if (s === 'live' && was !== 'connecting') bump(); },
    });
    live.start();
  } catch (err) {
    set({ refused: { status: err.status, message: err.status ? err.message : t('error.offline') } });
    if (!err.status || err.status >= 500) setTimeout(boot, 3000);
  }
}
