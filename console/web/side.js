// Beside a conversation: who the customer is, what happened so far, and what was before.
import { html, useState, Icon, Name, Avatar } from './ui.js';
import { t } from './i18n.js';
import { clock, full, phone, plain, since, span, when } from './format.js';
import { api, act, useResource, useStore } from './store.js';
import { link, route } from './router.js';
import { eventKey, words } from './conversation.js';

const hot = { 'interaction.answered': 'good', 'interaction.ended': 'bad', 'interaction.breached': 'bad', 'transfer.returned': 'hot', 'transfer.started': 'hot', 'transfer.done': 'good', 'interaction.finished': 'good' };

export function Side({ x, items, onDialog, onClose }) {
  const [note, setNote] = useState('');
  const vars = Object.entries(x.vars || {});
  return html`<aside class="side" aria-label=${t('details')}>
    <section class="who2"><${Avatar} name=${x.name || x.id} large /><strong><${Name} fallback=${t('unknownCustomer')}>${x.name}<//></strong>
      <span class="muted num"><bdi>${phone(x.address)}</bdi></span></section>
    <section><h3>${t('side.interaction')}</h3><dl class="kv">
      <dt>${t('campaign')}</dt><dd><${Name}>${x.campaignName || x.campaign}<//></dd>
      ${x.number && html`<dt>${t('side.number')}</dt><dd class="num">${phone(x.number)}</dd>`}
      <dt>${t('side.opened')}</dt><dd>${when(x.opened)}</dd>
      ${x.taken && html`<dt>${t('side.handled')}</dt><dd class="num">${span((x.ended ? Date.parse(x.ended) - Date.parse(x.taken) : since(x.taken) * 1000) / 1000)}</dd>`}
      ${x.outcome && html`<dt>${t('side.outcome')}</dt><dd>${t('outcome.' + x.outcome)}</dd>`}${x.disposition && html`<dt>${t('side.disposition')}</dt><dd><${Name}>${x.disposition}<//></dd>`}
      ${vars.map(([k, v]) => html`<dt key=${k}><${Name}>${k}<//></dt><dd><${Name}>${v}<//></dd>`)}</dl>
      ${(x.skills || []).length > 0 && html`<div class="row wrap">${x.skills.map((k) => html`<span class="chip" key=${k.name}><${Name}>${k.name}<//>${k.level > 1 ? ` ${k.level}` : ''}</span>`)}</div>`}</section>
    <section><h3>${t('side.note')}</h3><form class="stack tight" onSubmit=${async (e) => { e.preventDefault(); if (note.trim() && await act(() => api.command(x.id, 'note', { text: note.trim() }))) setNote(''); }}>
      <textarea class="area" rows="2" maxlength="2000" style=${{ minHeight: '54px' }} aria-label=${t('side.note')} placeholder=${t('side.note.hint')} value=${note} onInput=${(e) => setNote(e.target.value)}></textarea>
      ${note.trim() && html`<button type="submit" class="btn small">${t('side.note.add')}</button>`}</form></section>
    <${Timeline} x=${x} />
    <${Earlier} x=${x} />
    ${x.address && html`<section><button type="button" class="btn small danger" onClick=${() => onDialog('block')}><${Icon} name="ban" size=${15} />${t('block.title')}</button></section>`}
    <section class="sideclose"><button type="button" class="btn small" onClick=${onClose}>${t('close')}</button></section>
  </aside>`;
}

// asItem is an event of the journal as conversations have it.
const asItem = (e) => ({ kind: e.kind, by: e.by, bot: e.bot, reason: e.reason || '', outcome: e.outcome, campaign: e.campaign,
  agent: ['transfer.started', 'transfer.done'].includes(e.kind) ? e.from : e.agent, to: e.kind.startsWith('transfer.') ? e.agent : '' });

function Timeline({ x }) {
  const s = useStore();
  const r = useResource(() => api.timeline(x.id), [x.id], { on: ['change'], match: (e) => e.interaction === x.id && !/^(message|interaction\.(received|told))/.test(e.kind), every: 60_000 });
  const [all, setAll] = useState(false);
  const list = (r.data?.events || []).map((e) => ({ ...e, key: eventKey({ ...e, reason: e.reason || '' }) })).filter((e) => e.key && !e.kind.startsWith('message.'));
  const shown = all ? list : list.slice(-6);
  return html`<section><h3>${t('side.timeline')}</h3>
    ${list.length > shown.length && html`<button type="button" class="linkish small" onClick=${() => setAll(true)}>${t('side.all', { n: list.length })}</button>`}
    <ol class="tl">${shown.map((e) => html`<li key=${e.seq} class=${hot[e.kind] || ''}><span class="sr"></span><span>${words(asItem(e), s.names)}</span><time datetime=${e.at} title=${full(e.at)}>${clock(e.at)}</time></li>`)}</ol></section>`;
}

function Earlier({ x }) {
  const r = useResource(() => (x.customer ? api.customer(x.customer) : Promise.resolve({ interactions: [] })), [x.customer], { every: 120_000 });
  const list = (r.data?.interactions || []).filter((y) => y.id !== x.id);
  const screen = route().screen === 'list' ? 'list' : 'desk';
  return html`<section><h3>${t('side.earlier')}</h3>${!list.length && html`<p class="small muted">${t('side.first')}</p>`}
    <ul class="stack tight">${list.slice(0, 8).map((y) => html`<li key=${y.id}><a class="row small" href=${link(screen, y.id)}><span class="grow ell">${when(y.opened)} · <${Name}>${y.campaignName || y.campaign}<//></span>
      <span class="chip">${y.outcome ? (y.disposition ? plain(y.disposition, 20) : t('outcome.' + y.outcome)) : t('open')}</span></a></li>`)}</ul></section>`;
}
