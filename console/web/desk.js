// An agent's desk: their state, what is held out to them, what they have, and the
// conversation they are in.
import { html, useState, useEffect, useRef, useTick, useMemo, Guard, Icon, Menu, Name, Avatar, Empty, Note, Seg } from './ui.js';
import { t } from './i18n.js';
import { phone, plain, since, span, until, when } from './format.js';
import { api, useStore, useResource, act, sound, setAttention } from './store.js';
import { link, go } from './router.js';
import { Ring } from './charts.js';
import { Conversation } from './conversation.js';
import { gist } from './parts.js';
import { Start } from './dialogs.js';
import { doing } from './dashboard.js';

const tabs = ['pending', 'active', 'history'];

export function Desk({ route }) {
  const s = useStore();
  const desk = useResource(() => api.desk(), [], { on: ['change'], every: 20_000, match: (e) => e.kind !== 'message.state' });
  const [tab, setTab] = useState(tabs.includes(route.query.tab) ? route.query.tab : 'active');
  const [dialog, setDialog] = useState(null);
  const seen = useSeen();
  const opened = useRef({}); // the conversation in view, and what was read of it before
  if (opened.current.id !== route.id) opened.current = { id: route.id, seq: seen.of(route.id) };
  const d = desk.data;
  useTick(1000);
  const offers = d ? d.pending.filter((x) => x.offered === s.me.agent) : [];
  const unread = d ? d.active.filter((x) => seen.unread(x, route.id)).length : 0;
  useAttention(offers, unread);
  useEffect(() => { if (offers.length && !route.id) setTab('pending'); }, [offers.length > 0]);
  const open = (id) => go(link('desk', id));
  if (!d) return html`<div class="desk"><div class="queuepane"><div class="top"><div class="skel" style=${{ height: '38px' }}></div></div></div>
    <div class="nothing">${desk.error ? html`<${Note} kind="bad">${plain(desk.error.message, 300)}<//>` : ''}</div></div>`;
  const list = d[tab];
  const current = [...d.pending, ...d.active, ...d.history].find((x) => x.id === route.id);
  if (current) seen.mark(current);
  return html`<div class=${`desk ${route.id ? 'open' : ''}`}>
    <section class="queuepane" aria-label=${t('desk.list')}><div class="top">
        <${State} agent=${d.agent} pauses=${s.session.pauses} />
        <div class="row"><div class="grow"><${Seg} label=${t('desk.lists')} value=${tab} onChange=${setTab} options=${tabs.map((x) => ({ value: x, label: t('tab.' + x), count: x === 'history' ? undefined : d[x].length }))} /></div>
          ${d.campaigns.some((c) => c.initiate) && html`<button type="button" class="btn icon" title=${t('start')} aria-label=${t('start')} onClick=${() => setDialog('start')}><${Icon} name="plus" /></button>`}</div></div>
      <div class="convlist" id="convlist">
        ${desk.stale && html`<${Note} kind="warn">${t('stale.list')}<//>`}
        ${offers.map((x) => html`<${Offer} key=${x.id} x=${x} agents=${s.names} onAccepted=${() => { setTab('active'); open(x.id); }} />`)}
        ${tab === 'pending' ? html`<${Pending} list=${list.filter((x) => x.offered !== s.me.agent)} offers=${offers.length} current=${route.id} agent=${d.agent} onTaken=${(id) => { setTab('active'); open(id); }} />`
          : list.length ? list.map((x) => html`<${Row} key=${x.id} x=${x} current=${x.id === route.id} unread=${tab === 'active' && seen.unread(x, route.id)} />`)
          : html`<${Empty} icon="inbox" title=${t('empty.' + tab)}>${tab === 'active' && d.agent.state !== 'available' ? t('empty.away') : ''}<//>`}
      </div></section>
    ${route.id ? html`<${Guard} at=${route.id}><${Conversation} key=${route.id} id=${route.id} fromDesk=${current} stale=${desk.stale} seenBefore=${opened.current.seq} /><//>`
      : html`<div class="nothing"><${Icon} name="desk" size=${38} /><h2>${t('desk.choose')}</h2><p class="small">${t('desk.choose.hint')}</p></div>`}
    ${dialog === 'start' && html`<${Start} campaigns=${d.campaigns.filter((c) => c.initiate)} onClose=${() => setDialog(null)} onStarted=${(x) => { setDialog(null); setTab('active'); open(x.id); }} />`}
  </div>`;
}

// useSeen remembers what was read in this browser: the version of each conversation when
// it was last before the agent's eyes.
function useSeen() {
  const map = useRef(null);
  if (!map.current) { try { map.current = JSON.parse(localStorage.getItem('usher.seen') || '{}'); } catch { map.current = {}; } }
  return useMemo(() => ({
    of: (id) => map.current[id] || 0,
    unread: (x, current) => x.last?.from === 'customer' && x.id !== current && (map.current[x.id] || 0) < x.last.seq,
    mark: (x) => {
      if (!x.last || document.hidden || map.current[x.id] >= x.last.seq) return;
      const keep = Object.entries({ ...map.current, [x.id]: x.last.seq }).slice(-300);
      map.current = Object.fromEntries(keep);
      try { localStorage.setItem('usher.seen', JSON.stringify(map.current)); } catch { /* full or private */ }
    },
  }), []);
}

// useAttention puts what waits for the agent into the title, and sounds for new offers and
// new messages.
function useAttention(offers, unread) {
  const before = useRef({ offers: '', unread: 0 });
  const key = offers.map((x) => x.id + x.until).join();
  useEffect(() => {
    setAttention(offers.length + unread);
    if (key && key !== before.current.offers) sound.play('offer');
    else if (unread > before.current.unread) sound.play('message');
    before.current = { offers: key, unread };
  }, [key, unread]);
  useEffect(() => () => setAttention(0), []);
}

function State({ agent, pauses }) {
  const [dot, label] = doing({ ...agent, activity: ['offered', 'busy'].includes(agent.activity) ? 'available' : agent.activity });
  const set = (body) => act(() => api.ownState(body));
  const wrap = agent.activity === 'wrapup' && until(agent.wrapUntil) > 0;
  return html`<div class="stack" style=${{ gap: '8px' }}><${Menu} start cls="statebtn" items=${[
    { label: t('state.available'), dot: 'available', checked: agent.state === 'available', do: () => set({ state: 'available' }) },
    { sep: true }, { cap: t('state.pause') },
    ...pauses.map((p) => ({ label: plain(p, 60), dot: 'paused', checked: agent.state === 'paused' && agent.reason === p, do: () => set({ state: 'paused', reason: p }) })),
    { sep: true },
    agent.load > 0 && { label: t('state.afterWork'), icon: 'clock', checked: !!agent.afterWork, do: () => set({ state: 'available', afterWork: !agent.afterWork }) },
    { label: t('state.offline'), dot: 'offline', checked: agent.state === 'offline', do: () => set({ state: 'offline' }) },
    agent.load > 0 && { label: t('state.offlineRequeue'), icon: 'swap', do: () => set({ state: 'offline', requeue: true }) }]}>
    <span class=${`dot ${dot}`}></span><span class="ell"><span class="sr">${t('col.state')}: </span>${label}</span><span class="num" title=${t('col.load')}>${agent.since ? span(since(agent.since)) + ' · ' : ''}${agent.load}/${agent.limit}</span><${Icon} name="down" size=${15} /><//>
    ${wrap && html`<div class="note warn"><${Icon} name="clock" size=${16} /><span class="grow">${t('wrap.left', { t: span(until(agent.wrapUntil)) })}</span>
      <button type="button" class="linkish" onClick=${() => act(() => api.wrapUp(60))}>+1 min</button><button type="button" class="linkish" onClick=${() => act(() => api.wrapUp(0))}>${t('wrap.end')}</button></div>`}
    ${agent.afterWork && html`<${Note} icon="clock">${t('state.afterWork.note')}<//>`}</div>`;
}

// ringTotal is how long an offer stands in all: the longest time left that this browser has
// seen of it, so that a reload does not fill the ring again.
function ringTotal(x) {
  const key = `usher.ring ${x.id} ${x.until}`;
  let total = until(x.until);
  try { total = Math.max(total, +sessionStorage.getItem(key) || 0); sessionStorage.setItem(key, total); } catch { /* private window */ }
  return total || 1;
}

function Offer({ x, agents, onAccepted }) {
  const s = useStore();
  const [busy, setBusy] = useState('');
  useTick(250);
  const left = until(x.until), total = useMemo(() => ringTotal(x), [x.id, x.until]);
  const run = async (what) => {
    setBusy(what);
    if (await act(() => api.command(x.id, what, {})) && what === 'accept') onAccepted();
    setBusy('');
  };
  return html`<article class="offer" aria-label=${t('offer.from', { name: plain(x.name || x.address) })} data-offer=${x.id}>
    <div class="row"><${Avatar} name=${x.name || x.id} /><div class="grow"><div class="ell"><strong><${Name} fallback=${phone(x.address)}>${x.name}<//></strong></div>
      <div class="small muted ell"><${Name}>${x.campaignName || x.campaign}<//>${x.queued ? ` · ${t('offer.waited', { t: span(since(x.queued)) })}` : ''}</div></div>
      ${x.until && html`<${Ring} share=${left / total} text=${String(Math.ceil(left))} tone=${left < 6 ? 'bad' : left < 12 ? 'warn' : ''} />`}</div>
    ${x.transfer && html`<div class="small"><span class="chip accent"><${Icon} name="swap" size=${13} />${t('offer.transfer', { name: plain(agents(x.agent)) })}</span></div>`}
    ${x.last && html`<p class="small muted ell"><bdi>${preview(x.last, agents, s.me.agent)}</bdi></p>`}
    ${x.reason && html`<p class="small">“<bdi>${plain(x.reason, 300)}</bdi>”</p>`}
    <div class="two"><button type="button" class="btn primary" disabled=${!!busy} onClick=${() => run('accept')}><${Icon} name="check" size=${16} />${t('accept')}</button>
      <button type="button" class="btn" disabled=${!!busy} onClick=${() => run('decline')}>${t('decline')}</button></div></article>`;
}

function Pending({ list, offers, current, agent, onTaken }) {
  if (!list.length && !offers) return html`<${Empty} icon="inbox" title=${t('empty.pending')}>${agent.state !== 'available' ? t('empty.away') : t('empty.pending.hint')}<//>`;
  if (!list.length) return null;
  return html`<div class="sect">${t('pending.take')}</div>${list.map((x) => html`<${Row} key=${x.id} x=${x} current=${x.id === current}
    action=${(!x.may || x.may.includes('take')) && html`<button type="button" class="btn small" onClick=${async (e) => { e.preventDefault(); if (await act(() => api.command(x.id, 'take', {}))) onTaken(x.id); }}>${t('take')}</button>`} />`)}`;
}

// preview is the latest message in one line, with who wrote it when that was an agent.
export function preview(item, names, me) {
  if (!item) return '';
  const m = item.message;
  const text = m ? gist({ ...m, text: m.kind === 'template' ? item.text || m.text : m.text }) : t('ev.' + item.kind);
  return item.from === 'agent' ? `${item.agent === me ? t('you') : plain(names(item.agent), 40)}: ${text}` : text;
}

function Row({ x, current, unread, action }) {
  const s = useStore();
  const left = x.windowUntil ? until(x.windowUntil) : null;
  const at = x.last?.at || x.ended || x.queued || x.opened;
  return html`<a class=${`conv ${unread ? 'unread' : ''}`} href=${link('desk', x.id)} aria-current=${current ? 'true' : undefined} data-conv=${x.id}>
    <${Avatar} name=${x.name || x.id} /><span class="nm ell"><${Name} fallback=${phone(x.address)}>${x.name}<//></span><span class="tm">${at ? when(at).replace(/^.*, /, '') : ''}</span>
    <span class="pv ell"><bdi>${preview(x.last, s.names, s.me.agent) || plain(x.campaignName)}</bdi></span>
    <span class="fl">${action || html`${x.transfer && html`<span class="chip accent">${t('flag.transfer')}</span>`}${x.parked && html`<span class="chip">${t('flag.parked')}</span>`}${x.listed && html`<span class="chip bad">${t('outcome.blacklisted')}</span>`}
      ${x.owner === 'agent' && left !== null && left < 7200 && html`<span class=${`chip ${left ? 'warn' : 'bad'}`}>${left ? span(left) : t('flag.window')}</span>`}
      ${x.outcome && html`<span class="chip">${x.disposition ? plain(x.disposition, 24) : t('outcome.' + x.outcome)}</span>`}${unread && html`<span class="badge" aria-label=${t('unread')}>•</span>`}`}</span></a>`;
}
