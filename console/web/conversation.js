// One conversation: its head with what can be done, the thread, the composer, and beside
// them the customer.
import { html, useState, useEffect, useCallback, useMemo, useRef, useTick, Guard, Icon, Name, Avatar, Note, toast } from './ui.js';
import { t, has, lang } from './i18n.js';
import { phone, plain, span, until } from './format.js';
import { api, useStore, useEvents, useResource, act, withAs } from './store.js';
import { link, go } from './router.js';
import { Thread } from './thread.js';
import { Composer } from './composer.js';
import { Finish, TransferTo, Block } from './dialogs.js';
import { Side } from './side.js';

// line is an item of a conversation as the thread draws it; null = not drawn. The same item
// gives the same object, as long as names and language stay.
const drawn = new WeakMap();
export function line(item, names, me) {
  const had = drawn.get(item);
  if (had && had.names === names && had.me === me && had.lang === lang()) return had.line;
  const made = makeLine(item, names, me);
  drawn.set(item, { names, me, lang: lang(), line: made });
  return made;
}

function makeLine(item, names, me) {
  if (item.type === 'message' || item.message) {
    const m = item.message || {};
    return { key: item.id, seq: item.seq, at: item.at, dir: item.from === 'customer' ? 'in' : 'out', agent: item.agent, bot: item.from === 'bot' ? item.bot || 'bot' : '', mine: item.agent === me,
      kind: m.kind, text: m.kind === 'template' ? item.text || m.text : m.text, media: m.media, location: m.location, template: m.template, src: item.media, state: item.delivery, reason: item.problem, late: item.late,
      contacts: m.contacts, answer: m.answer, reaction: m.reaction, menu: m.menu, order: m.order, forwarded: m.forwarded, replyTo: m.replyTo || m.reaction?.messageId, pid: item.providerId || m.id };
  }
  if (item.kind === 'note' && item.text) return { key: item.id, seq: item.seq, at: item.at, note: item.text, by: item.by || item.agent };
  if (!eventKey(item)) return null;
  return { key: item.id, seq: item.seq, at: item.at, icon: icons[item.kind], sys: words(item, names) };
}

// words says what happened. What a person gave as the reason for handing it on is quoted.
export function words(item, names) {
  const known = has('reason.' + item.reason);
  const text = t(eventKey(item), { agent: plain(names(item.agent || '')), to: plain(names(item.to || item.campaign || '')), by: plain(names(item.by || '')), bot: plain(item.bot), reason: known ? t('reason.' + item.reason) : plain(item.reason), outcome: t('outcome.' + item.outcome) });
  const said = ['transfer.started', 'interaction.moved', 'interaction.requeued'].includes(item.kind) && (item.agent || item.by) && item.reason && !known;
  return said ? `${text}: “${plain(item.reason, 200)}”` : text;
}
const icons = { 'interaction.answered': 'check', 'transfer.started': 'swap', 'transfer.done': 'check', 'transfer.returned': 'back', 'interaction.moved': 'swap', 'interaction.parked': 'pause', 'interaction.resumed': 'play', 'interaction.ended': 'x', 'interaction.finished': 'check', 'bot.started': 'bot', 'bot.ended': 'bot', 'interaction.queued': 'clock' };
export function eventKey(item) {
  const exact = `ev.${item.kind}:${item.reason}`;
  if (has(exact)) return exact;
  return has('ev.' + item.kind) ? 'ev.' + item.kind : '';
}

// useConversation holds the items of one conversation: a page from the server, what the
// stream adds, and messages on their way that the server has not told of yet.
function useConversation(id) {
  const [state, set] = useState({ items: [], before: 0, interaction: null });
  const wait = useRef([]); // what the stream said while the page was being read
  const page = useResource(() => { wait.current = []; return api.conversation(id); }, [id], { every: 20_000, quiet: true });
  useEffect(() => {
    if (!page.data) return;
    set((old) => {
      const fresh = page.data.items, first = fresh[0]?.seq ?? Infinity;
      const kept = old.id === id && old.items.length && fresh.length && old.items.at(-1).seq >= first ? old.items.filter((x) => x.seq < first) : [];
      let items = [...kept, ...fresh];
      for (const e of wait.current) items = merge(items, e);
      return { id, items, before: kept.length ? old.before : page.data.before || 0, interaction: page.data.interaction };
    });
  }, [page.data]);
  useEvents('change', (e) => {
    if (e.interaction !== id) return;
    if (!e.item) { page.refresh(); return; }
    wait.current.push(e);
    set((old) => (old.items.length || old.interaction ? { ...old, items: merge(old.items, e) } : old));
  }, [id]);
  const before = useRef({ seq: 0, busy: false });
  before.current.seq = state.before;
  const older = useCallback(async () => {
    const b = before.current;
    if (!b.seq || b.busy) return;
    b.busy = true;
    try {
      const more = await api.conversation(id, b.seq);
      set((old) => ({ ...old, items: [...more.items, ...old.items], before: more.before || 0 }));
    } catch (e) { toast(e.message, 'bad'); } finally { b.busy = false; }
  }, [id]);
  return { ...state, page, older };
}

// merge puts one item in its place; news of a message's delivery only moves that message.
function merge(items, e) {
  const i = items.findLastIndex((x) => x.id === e.item.id);
  if (i >= 0) { const list = [...items]; list[i] = { ...items[i], ...e.item, seq: items[i].seq, at: items[i].at, message: e.item.message || items[i].message, type: items[i].type, from: items[i].from, agent: items[i].agent, bot: items[i].bot }; return list; }
  if (e.kind === 'message.state' || !e.item.at) return items;
  return [...items, e.item].sort((a, b) => a.seq - b.seq);
}

export const mediaURL = (m) => withAs(m.src);

export function Conversation({ id, fromDesk, stale, seenBefore }) {
  const s = useStore();
  const c = useConversation(id);
  const [dialog, setDialog] = useState(null);
  const [info, setInfo] = useState(false);
  const [sending, setSending] = useState([]); // on their way, not yet told of
  const before = useRef(seenBefore); // what was read before this was opened
  useTick(1000);
  // The desk is read again at every change; the conversation only when hands change.
  const x = fromDesk && (fromDesk.version || 0) >= (c.interaction?.version || 0) ? fromDesk : c.interaction || fromDesk;
  useEffect(() => { document.querySelector('.desk')?.classList.toggle('info', info); }, [info]);
  const lines = useMemo(() => {
    const list = [], told = new Set(c.items.map((i) => i.id));
    for (const item of c.items) { const l = line(item, s.names, s.me.agent); if (l) list.push(l); }
    for (const p of sending) if (!told.has(p.itemId)) list.push(p);
    return list;
  }, [c.items, s.names, s.me.agent, sending, lang()]);
  const resend = useCallback((key) => act(() => api.command(id, 'resend', { key })), [id]);
  if (!x) return html`<div class="nothing">${c.page.error ? html`<${Icon} name="alert" size=${32} /><p>${plain(c.page.error.message, 300)}</p><a class="btn" href=${link('desk')}>${t('back')}</a>` : ''}</div>`;
  const newFrom = before.current && lines.find((l) => l.dir === 'in' && l.seq > before.current)?.key;
  const may = (what) => x.may?.includes(what) && !c.page.stale;
  const isStale = stale || c.page.stale;
  return html`<section class="pane" aria-label=${t('conversation.with', { name: plain(x.name || x.address) })}>
    <${Head} x=${x} may=${may} onDialog=${setDialog} onInfo=${() => setInfo(!info)} info=${info} />
    <div class="panenotes">${isStale && html`<div class="stale" role="alert"><${Icon} name="alert" size=${16} />${t('stale.conversation')}</div>`}
      <${Status} x=${x} may=${may} names=${s.names} me=${s.me.agent} /></div>
    <${Guard} at=${id}><${Thread} id=${id} items=${lines} who=${s.names} mediaURL=${mediaURL} label=${t('conversation.with', { name: plain(x.name || x.address) })} newFrom=${newFrom} onOlder=${c.before ? c.older : null} onResend=${x.owner === 'agent' && x.agent === s.me.agent ? resend : null} /><//>
    <${Composer} x=${x} stale=${isStale} refresh=${c.page.refresh} sending=${sending} setSending=${setSending} items=${c.items} />
  </section>
  <${Guard} at=${id}><${Side} x=${x} items=${c.items} onDialog=${setDialog} onClose=${() => setInfo(false)} /><//>
  ${dialog === 'transfer' && html`<${TransferTo} x=${x} onClose=${() => setDialog(null)} />`}
  ${dialog === 'finish' && html`<${Finish} x=${x} dispositions=${s.session.dispositions} onClose=${() => setDialog(null)} onDone=${() => { setDialog(null); go(link('desk')); }} />`}
  ${dialog === 'block' && html`<${Block} x=${x} onClose=${() => setDialog(null)} />`}`;
}

function Head({ x, may, onDialog, onInfo, info }) {
  const run = (what, body = {}) => act(() => api.command(x.id, what, { version: x.version, ...body }));
  return html`<header class="panehead"><a class="btn ghost icon backbtn" href=${link('desk')} aria-label=${t('back')}><${Icon} name="back" /></a>
    <${Avatar} name=${x.name || x.id} /><div class="grow"><h2 class="nm ell"><${Name} fallback=${phone(x.address) || t('unknownCustomer')}>${x.name}<//></h2>
      <div class="small muted ell"><${Name}>${x.campaignName || x.campaign}<//>${x.address ? html` · <span class="num"><bdi>${phone(x.address)}</bdi></span>` : ''}</div></div>
    ${may('accept') && html`<button type="button" class="btn primary" onClick=${() => run('accept')}>${t('accept')}</button>`}
    ${may('take') && html`<button type="button" class="btn primary" onClick=${() => run('take')}>${t('take')}</button>`}
    ${may('transfer') && html`<button type="button" class="btn" title=${t('transfer')} aria-label=${t('transfer')} onClick=${() => onDialog('transfer')}><${Icon} name="swap" size=${16} /><span class="t">${t('transfer')}</span></button>`}
    ${may('park') && html`<button type="button" class="btn" title=${t('park.hint')} aria-label=${t('park')} onClick=${() => run('park')}><${Icon} name="pause" size=${16} /><span class="t">${t('park')}</span></button>`}
    ${may('resume') && html`<button type="button" class="btn" onClick=${() => run('resume')}><${Icon} name="play" size=${16} /><span class="t">${t('resume')}</span></button>`}
    ${may('finish') && html`<button type="button" class="btn primary" onClick=${() => onDialog('finish')}><${Icon} name="check" size=${16} /><span class="t">${t('finish')}</span></button>`}
    <button type="button" class="btn ghost icon infobtn" aria-label=${t('details')} aria-pressed=${info} onClick=${onInfo}><${Icon} name="info" /></button></header>`;
}

// Status says what is going on beside the talk: a transfer under way, a parked or an ended
// conversation, one that somebody else has.
function Status({ x, may, names, me }) {
  useTick(500, !!x.until);
  const why = x.reason && html`<div class="small">“<bdi>${plain(x.reason, 300)}</bdi>”</div>`;
  const left = x.until && html` <strong class="num">${span(until(x.until))}</strong>`;
  if (x.transfer && x.offered === me) return html`<${Note} icon="swap" role="status">${t('transfer.toYou', { name: plain(names(x.agent)) })}${left}${why}<//>`;
  if (x.transfer && x.offered) {
    return html`<${Note} icon="swap" role="status">${t('transfer.pending', { name: plain(names(x.offered)) })}${left}${why}
      ${may('cancel-transfer') && html` · <button type="button" class="linkish" onClick=${() => act(() => api.command(x.id, 'cancel-transfer', {}))}>${t('transfer.cancel')}</button>`}<//>`;
  }
  if (x.parked) return html`<${Note} icon="pause">${t('parked.note')}<//>`;
  return null;
}
