// The stream of events. A browser has one, however many tabs show the console: the tab that
// holds a lock reads it and tells the others. Each tab checks that it missed nothing; one
// that did is told so and reads everything again, so that stale is never shown as fresh.

export class Live {
  // url is the stream's, poll the same by asking; name keeps apart consoles and people;
  // quiet is how long the line may be silent, in ms, before it counts as dead.
  constructor({ url, poll, headers = {}, name, cursor, quiet = 40_000, onEvent, onGap, onState }) {
    Object.assign(this, { url, poll, headers, quiet, onEvent, onGap, onState, last: cursor || '', lock: `usher ${name}` });
    this.state = 'connecting'; this.stopped = false; this.wait = 500; this.failures = 0;
    this.tab = Math.random().toString(36).slice(2);
    this.follows = new Map(); // by tab
    this.channel = navigator.locks && 'BroadcastChannel' in window ? new BroadcastChannel(this.lock) : null;
    if (this.channel) this.channel.onmessage = (e) => this.hear(e.data);
  }

  start() {
    this.wake = () => { if (this.leading && this.state !== 'live') { this.wait = 500; this.retry?.(); } };
    this.bye = () => this.say({ follow: [], tab: this.tab });
    addEventListener('online', this.wake);
    addEventListener('pagehide', this.bye);
    document.addEventListener('visibilitychange', this.wake);
    if (!this.channel) { this.lead(); return; }
    this.abort = new AbortController();
    this.say({ hello: true });
    navigator.locks.request(this.lock, { signal: this.abort.signal }, () => this.lead()).catch(() => {});
  }

  stop() {
    this.bye?.();
    this.stopped = true;
    this.abort?.abort(); this.reading?.abort(); this.retry?.();
    this.channel?.close(); this.channel = null;
    removeEventListener('online', this.wake);
    removeEventListener('pagehide', this.bye);
    document.removeEventListener('visibilitychange', this.wake);
  }

  // follow asks for events of interactions beside one's own.
  follow(ids) {
    this.mine = ids;
    if (this.leading) this.followed(this.tab, ids); else this.say({ follow: ids, tab: this.tab });
  }
  followed(tab, ids) {
    const before = this.query();
    if (ids.length) this.follows.set(tab, ids); else this.follows.delete(tab);
    if (this.query() !== before) { this.moving = true; this.reading?.abort(); }
  }
  query() { return [...new Set([...this.follows.values()].flat())].sort().slice(0, 20).map((x) => '&follow=' + encodeURIComponent(x)).join(''); }

  // hear is what the tabs tell each other.
  hear(m) {
    if (this.leading) {
      if (m.hello) this.say({ state: this.state, at: this.last });
      if (m.follow) this.followed(m.tab, m.follow);
      return;
    }
    if (m.leader) { if (this.mine?.length) this.say({ follow: this.mine, tab: this.tab }); return; }
    if (m.gap) { this.last = m.at; this.onGap(); return; }
    if (m.state) { this.enter(m.state); if (m.at && m.at !== this.last) { this.last = m.at; this.onGap(); } return; }
    if (!m.id) return;
    const missed = m.prev !== this.last;
    this.last = m.id;
    this.enter('live');
    if (missed) this.onGap(); else this.onEvent(m.type, m.data);
  }
  say(m) { try { this.channel?.postMessage(m); } catch { /* closed */ } }
  enter(state) {
    if (state === this.state) return;
    this.state = state;
    this.onState(state);
    if (this.leading) this.say({ state });
  }

  // lead reads the stream until the tab goes.
  async lead() {
    this.leading = true;
    this.say({ leader: true });
    if (this.mine?.length) this.follows.set(this.tab, this.mine);
    while (!this.stopped) {
      try { await (this.failures >= 3 ? this.ask() : this.read()); } catch (e) {
        if (this.stopped) return;
        if (this.moving) { this.moving = false; continue; }
        if (e.status === 401 || e.status === 403) { this.enter('denied'); this.wait = Math.max(this.wait, 4000); } else { this.failures++; this.enter('down'); }
      }
      if (this.stopped) return;
      await new Promise((done) => { this.retry = done; setTimeout(done, this.wait * (0.8 + Math.random() * 0.4)); });
      this.wait = Math.min(this.wait * 1.7, 15_000);
    }
  }

  async open(url, headers) {
    const res = await fetch(url, { headers: { ...this.headers, ...headers }, signal: this.reading.signal, cache: 'no-store', credentials: 'same-origin' });
    if (!res.ok) throw Object.assign(new Error(res.statusText), { status: res.status });
    return res;
  }

  async read() {
    this.reading = new AbortController();
    let timer;
    const alive = () => { clearTimeout(timer); timer = setTimeout(() => this.reading.abort(), this.quiet); };
    alive();
    try {
      const headers = { Accept: 'text/event-stream' };
      if (this.last) headers['Last-Event-ID'] = this.last;
      const res = await this.open(this.url + this.query().replace('&', '?'), headers);
      const reader = res.body.pipeThrough(new TextDecoderStream()).getReader();
      const frames = new Frames((f) => this.take(f));
      for (;;) {
        const { value, done } = await reader.read();
        if (done) throw new Error('the stream ended');
        alive();
        this.wait = 500; this.failures = 0;
        frames.push(value);
        this.enter('live');
      }
    } finally { clearTimeout(timer); }
  }

  // ask polls for a while, where a stream does not come through; then a stream is tried again.
  async ask() {
    for (let n = 0; n < 12 && !this.stopped; n++) {
      this.reading = new AbortController();
      const timer = setTimeout(() => this.reading.abort(), 40_000);
      try {
        const res = await this.open(`${this.poll}?after=${encodeURIComponent(this.last)}&wait=${n ? 15 : 0}${this.query()}`, { Accept: 'application/json' });
        const body = await res.json();
        this.enter('polling'); this.wait = 500;
        if (body.gap) this.gap(body.cursor);
        for (const f of body.events) this.event(f.id, f.type, f.data);
        this.last = body.cursor || this.last;
      } finally { clearTimeout(timer); }
    }
    this.failures = 2;
  }

  take(f) {
    let data = null;
    try { data = JSON.parse(f.data); } catch { /* not for us */ }
    if (f.event === 'gap') this.gap(f.id || data?.cursor);
    else if (f.event === 'denied') throw Object.assign(new Error('denied'), { status: 403 });
    else if (f.event === 'hello') this.last ||= data?.cursor || '';
    else if (f.event !== 'ping') this.event(f.id, f.event, data);
  }
  gap(at) { this.last = at || this.last; this.onGap(); this.say({ gap: true, at: this.last }); }
  event(id, type, data) {
    const prev = this.last;
    if (id) this.last = id;
    this.onEvent(type, data);
    if (id) this.say({ prev, id, type, data });
  }
}

// Frames cuts a stream of text into server-sent events.
export class Frames {
  constructor(take) { this.take = take; this.rest = ''; this.clear(); }
  clear() { this.data = []; this.event = 'message'; this.id = ''; this.has = false; }
  push(text) {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop();
    for (const l of lines) this.line(l);
  }
  line(l) {
    if (l === '') { if (this.has) this.take({ id: this.id, event: this.event, data: this.data.join('\n') }); this.clear(); return; }
    const i = l.indexOf(':');
    if (i === 0) return;
    const field = i < 0 ? l : l.slice(0, i), value = i < 0 ? '' : l.slice(i + 1).replace(/^ /, '');
    if (field === 'data') { this.data.push(value); this.has = true; } else if (field === 'event') this.event = value; else if (field === 'id') this.id = value;
  }
}
