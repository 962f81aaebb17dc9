// The list behind a figure, and one interaction of it with its conversation.
import { html, useState, useMemo, useTick, Guard, Icon, Select, Name, Avatar, Empty, Note, Menu, Dialog } from './ui.js';
import { t } from './i18n.js';
import { phone, plain, since, span, when, full } from './format.js';
import { api, act, can, from, useResource, useStore, useFollow } from './store.js';
import { link, setQuery, go } from './router.js';
import { outcomes } from './metrics.js';
import { line, mediaURL } from './conversation.js';
import { Thread } from './thread.js';
import { Side } from './side.js';
import { Why } from './why.js';
import { Block } from './dialogs.js';

export const List = ({ route }) => (route.id ? html`<${One} key=${route.id} id=${route.id} />` : html`<${Many} q=${route.query} />`);

const states = ['waiting', 'active', 'bot', 'open', 'ended', 'all'];
const periods = ['1h', '4h', 'today', '24h'];
function Many({ q: asked }) {
  const s = useStore();
  const q = { ...asked, period: periods.includes(asked.period) ? asked.period : 'today' };
  const state = states.includes(q.state) ? q.state : 'open';
  const filter = { campaign: q.campaign, state, outcome: state === 'ended' ? q.outcome : '', agent: q.agent, missed: q.missed, outbound: q.outbound, from: state === 'ended' || state === 'all' ? from(q.period) : undefined };
  const key = JSON.stringify({ ...filter, from: q.period });
  const r = useResource(() => api.list({ ...filter, limit: 100 }), [key], { on: ['board'] });
  const camps = useResource(() => api.campaigns(), []);
  const [more, setMore] = useState({ key, list: [], next: '' });
  useTick(1000, state !== 'ended');
  const extra = more.key === key ? more : { list: [], next: '' };
  const list = [...(r.data?.interactions || []), ...extra.list];
  const next = extra.list.length ? extra.next : r.data?.next;
  const load = async () => { const page = await act(() => api.list({ ...filter, limit: 100, before: next })); if (page) setMore({ key, list: [...extra.list, ...page.interactions], next: page.next }); };
  return html`<div class="page"><div class="pagehead"><a class="btn ghost icon" href=${link('dashboard', '', { campaign: q.campaign, period: q.period })} aria-label=${t('back')}><${Icon} name="back" /></a><h1>${t('list.title')}</h1>
      <div class="filters">
        <${Select} label=${t('campaign')} value=${q.campaign || ''} onChange=${(campaign) => setQuery({ campaign })} options=${[{ value: '', label: t('allCampaigns') }, ...(camps.data?.campaigns || []).map((c) => ({ value: c.id, label: plain(c.name || c.id) }))]} />
        <${Select} label=${t('col.state')} value=${state} onChange=${(v) => setQuery({ state: v, outcome: '' })} options=${states.map((v) => ({ value: v, label: t('list.' + v) }))} />
        ${state === 'ended' && html`<${Select} label=${t('side.outcome')} value=${q.outcome || ''} onChange=${(outcome) => setQuery({ outcome })} options=${[{ value: '', label: t('list.anyOutcome') }, ...outcomes.map((o) => ({ value: o, label: t('outcome.' + o) })), ...(q.outcome?.includes(',') ? [{ value: q.outcome, label: q.outcome.split(',').map((o) => t('outcome.' + o)).join(', ') }] : [])]} />`}
        ${(state === 'ended' || state === 'all') && html`<${Select} label=${t('period')} value=${q.period} onChange=${(period) => setQuery({ period })} options=${periods.map((p) => ({ value: p, label: t('period.' + p) }))} />`}
        ${q.missed && html`<button type="button" class="chip accent" onClick=${() => setQuery({ missed: '' })}>${t('list.missed')} ✕</button>`}${q.agent && html`<button type="button" class="chip accent" onClick=${() => setQuery({ agent: '' })}>${plain(s.names(q.agent))} ✕</button>`}</div>
      <a class="btn" href=${api.csv('interactions', filter)} download><${Icon} name="save" size=${16} />CSV</a></div>
    ${r.error && html`<${Note} kind="bad">${plain(r.error.message)}<//>`}
    <section class="card">${r.data && !list.length ? html`<${Empty} title=${t('list.none')} />` : html`<div class="tablewrap"><table><thead><tr><th>${t('customer')}</th><th class="hide-narrow">${t('campaign')}</th><th class="hide-narrow">${t('agent')}</th><th>${t('col.state')}</th><th class="n hide-narrow">${t('col.waited')}</th><th class="n">${t('list.begun')}</th></tr></thead>
      <tbody>${list.map((x) => html`<tr key=${x.id}><td><div class="row"><${Avatar} name=${x.name || x.id} /><a class="ell" href=${link('list', x.id)}><${Name} fallback=${phone(x.address) || t('unknownCustomer')}>${x.name}<//></a>${x.outbound && html`<span class="chip">${t('outbound')}</span>`}</div></td>
        <td class="hide-narrow"><${Name}>${x.campaignName || x.campaign}<//></td><td class="hide-narrow"><${Name}>${x.agent ? s.names(x.agent) : x.bot}<//></td><td>${status(x)}</td>
        <td class="n hide-narrow">${x.owner === 'queue' ? span(since(x.queued)) : x.waited || x.taken ? span(x.waited || 0) : ''}</td><td class="n"><time datetime=${x.opened} title=${full(x.opened)}>${when(x.opened)}</time></td></tr>`)}</tbody></table></div>`}</section>
    ${next && html`<div><button type="button" class="btn" onClick=${load}>${t('list.more')}</button></div>`}${r.data && !r.data.complete && html`<p class="faint small">${t('list.incomplete')}</p>`}</div>`;
}

function status(x) {
  if (x.outcome) return html`<span class=${`chip ${x.outcome === 'answered' || x.outcome === 'bot_ended' ? '' : 'warn'}`}>${t('outcome.' + x.outcome)}${x.disposition ? ` · ${plain(x.disposition, 30)}` : ''}</span>`;
  return html`<span class="chip accent">${t('owner.' + x.owner)}${x.parked ? ` · ${t('flag.parked')}` : ''}</span>`;
}

// One is a conversation as a supervisor sees it: to read, and to act on.
function One({ id }) {
  const s = useStore();
  useFollow(can('read') ? id : '');
  const r = useResource(() => (can('read') ? api.conversation(id) : api.interaction(id).then((interaction) => ({ interaction, items: [] }))), [id], { on: ['change', 'board'] });
  const agents = useResource(() => api.agents(), []);
  const [dialog, setDialog] = useState(null);
  const x = r.data?.interaction;
  const lines = useMemo(() => (r.data?.items || []).map((i) => line(i, s.names, s.me.agent)).filter(Boolean), [r.data, s.names]);
  if (!x) return html`<div class="page">${r.error ? html`<${Note} kind="bad">${plain(r.error.message)}<//>` : html`<div class="skel" style=${{ height: '300px' }}></div>`}<p><a href=${link('list')}>${t('back')}</a></p></div>`;
  return html`<div class="desk open solo"><section class="pane" aria-label=${t('conversation.with', { name: plain(x.name || x.address) })}>
      <header class="panehead"><button type="button" class="btn ghost icon" aria-label=${t('back')} onClick=${() => (history.length > 1 ? history.back() : go(link('list')))}><${Icon} name="back" /></button>
        <${Avatar} name=${x.name || x.id} /><div class="grow"><h1 class="nm ell"><${Name} fallback=${phone(x.address) || t('unknownCustomer')}>${x.name}<//></h1><div class="small muted ell"><${Name}>${x.campaignName || x.campaign}<//> · ${status(x)} ${x.agent ? html`<${Name}>${s.names(x.agent)}<//>` : ''}</div></div>
        ${can('supervise') && x.owner !== 'nobody' && html`<${Supervise} x=${x} agents=${agents.data?.agents || []} />`}</header>
      <div class="panenotes">${r.stale && html`<div class="stale" role="alert"><${Icon} name="alert" size=${16} />${t('stale.conversation')}</div>`}${x.owner === 'queue' && can('watch') && html`<${Why} id=${id} agents=${agents.data?.agents} />`}</div>
      <${Guard} at=${id}><${Thread} id=${id} items=${lines} who=${s.names} mediaURL=${mediaURL} label=${t('conversation.with', { name: plain(x.name || x.address) })} /><//>
      <div class="composer"><div class="under">${can('read') ? t('list.readonly') : t('list.noread')}</div></div></section>
    <${Guard} at=${id}><${Side} x=${x} items=${r.data.items} onDialog=${setDialog} onClose=${() => {}} /><//>
    ${dialog === 'block' && html`<${Block} x=${x} onClose=${() => setDialog(null)} />`}</div>`;
}

function Supervise({ x, agents }) {
  const camps = useResource(() => api.campaigns(), []);
  const [ask, setAsk] = useState(null);
  const run = (verb, body = {}) => act(() => api.command(x.id, verb, { ...body, version: x.version || undefined }));
  const may = (v) => !x.may || x.may.includes(v);
  const free = agents.filter((a) => a.campaigns.includes(x.campaign) && a.id !== x.agent);
  return html`<${Menu} cls="btn" label=${t('sup.actions')} items=${[
    may('assign') && { label: t('sup.assign') + '…', icon: 'user', do: () => setAsk('assign') },
    may('requeue') && { label: t('sup.requeue'), icon: 'back', do: () => run('requeue') },
    may('move') && { label: t('sup.move') + '…', icon: 'swap', do: () => setAsk('move') },
    may('prioritize') && x.owner === 'queue' && { label: t('sup.priority'), icon: 'up', do: () => run('prioritize', { version: undefined, priority: (x.priority || 0) + 1 }) },
    { sep: true }, may('end') && { label: t('sup.end'), icon: 'x', do: () => setAsk('end') }]}>${t('sup.actions')}<${Icon} name="down" size=${15} /><//>
    ${ask === 'assign' && html`<${Ask} title=${t('sup.assign')} options=${free.map((a) => ({ value: a.id, label: `${plain(a.name || a.id)} · ${t('state.' + a.activity)} · ${a.load}/${a.limit}` }))} onClose=${() => setAsk(null)} onDo=${(agent, reason) => run('assign', { agent, reason, override: true })} />`}
    ${ask === 'move' && html`<${Ask} title=${t('sup.move')} options=${(camps.data?.campaigns || []).filter((c) => c.id !== x.campaign).map((c) => ({ value: c.id, label: plain(c.name || c.id) }))} onClose=${() => setAsk(null)} onDo=${(campaign, reason) => run('move', { campaign, reason })} />`}
    ${ask === 'end' && html`<${Ask} title=${t('sup.end')} danger onClose=${() => setAsk(null)} onDo=${(_, reason) => run('end', { reason })} />`}`;
}

function Ask({ title, options, danger, onClose, onDo }) {
  const [value, setValue] = useState(options?.[0]?.value || '');
  const [reason, setReason] = useState('');
  return html`<${Dialog} title=${title} onClose=${onClose} foot=${html`<button type="button" class="btn" onClick=${onClose}>${t('cancel')}</button><button type="button" class=${`btn ${danger ? 'danger solid' : 'primary'}`} disabled=${options && !value} onClick=${async () => { if (await onDo(value, reason || undefined)) onClose(); }}>${title}</button>`}>
    ${options && html`<${Select} label=${title} value=${value} onChange=${setValue} options=${options} />`}
    <div class="field"><label for="askr">${t('transfer.reason')}</label><input class="input" id="askr" value=${reason} onInput=${(e) => setReason(e.target.value)} /></div><//>`;
}
