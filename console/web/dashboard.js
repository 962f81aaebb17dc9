// The board: how things stand now, what was counted over a period, and who is there. Every
// figure says how it is defined and leads to the list behind it.
import { html, useState, useTick, Guard, Icon, Tip, Select, Seg, Menu, Name, Avatar, Empty, Note } from './ui.js';
import { t, tn } from './i18n.js';
import { clock, number, percent, phone, since, span, when, plain } from './format.js';
import { api, from, useResource } from './store.js';
import { link, setQuery } from './router.js';
import { Bars, Donut, Sparkline } from './charts.js';
import { ageTone, colors, formulas, outcomes, refusals, tone } from './metrics.js';
import { Why } from './why.js';

const periods = ['1h', '4h', 'today', '24h'];

// Figure is one number: its name with the definition, its value as a link, a line beneath.
function Figure({ name, define, value, href, jump, sub, kind = '', subkind = '' }) {
  const go = jump && ((e) => { e.preventDefault(); document.getElementById(jump)?.scrollIntoView({ behavior: 'smooth' }); });
  return html`<div><div class="figname"><${Tip} text=${define}>${name}<//></div>
    ${href ? html`<a class=${`fig ${kind}`} href=${href} onClick=${go}><span class="sr">${name}: </span>${value}</a>` : html`<span class=${`fig ${kind}`}>${value}</span>`}
    <div class=${`figsub ${subkind}`}>${sub}</div></div>`;
}

function Kpi({ name, value, kind, spark, sub, href, jump, define }) {
  return html`<div class="card kpi"><${Figure} name=${name} define=${define} value=${value} kind=${kind} sub=${sub} href=${href} jump=${jump} />
    <${Sparkline} values=${spark} label=${t('spark', { name })} tone=${kind} /></div>`;
}

const read = async ({ campaign, period }) => {
  const start = from(period);
  const [board, series, waiting] = await Promise.all([api.board({ campaign, from: start }), api.series({ campaign, from: start }), api.list({ campaign, state: 'waiting', limit: 100 })]);
  return { ...board, series: series.intervals, list: waiting.interactions };
};

export function Dashboard({ route }) {
  const q = { campaign: route.query.campaign || '', period: periods.includes(route.query.period) ? route.query.period : 'today' };
  const board = useResource(() => read(q), [q.campaign, q.period], { every: 15_000, on: ['board'] });
  const camps = useResource(() => api.campaigns(), []);
  useTick(1000);
  const b = board.data;
  return html`<div class="page">
    <div class="pagehead"><h1>${t('nav.dashboard')}</h1>
      <div style=${{ minWidth: '180px' }}><${Select} label=${t('campaign')} value=${q.campaign} onChange=${(campaign) => setQuery({ campaign })}
        options=${[{ value: '', label: t('allCampaigns') }, ...(camps.data?.campaigns || []).map((x) => ({ value: x.id, label: plain(x.name || x.id) }))]} /></div>
      <${Seg} label=${t('period')} value=${q.period} onChange=${(period) => setQuery({ period })} options=${periods.map((p) => ({ value: p, label: t('period.' + p) }))} />
      <${Menu} cls="btn" label=${t('csv')} items=${tables(q).map(([name, url]) => ({ label: t('csv.' + name), icon: 'save', do: () => download(url) }))}><${Icon} name="save" size=${16} />CSV<//>
    </div>
    ${board.stale && html`<div class="stale" role="alert"><${Icon} name="alert" size=${16} />${t('stale.board')}</div>`}
    ${b ? html`<${Board} b=${b} q=${q} />` : board.error ? html`<${Note} kind="bad">${plain(board.error.message, 300)}<//>` : html`<div class="skel" style=${{ height: '92px' }}></div><div class="skel" style=${{ height: '300px' }}></div>`}</div>`;
}

const tables = ({ campaign, period }) => [
  ['campaigns', api.csv('campaigns', { campaign, from: from(period) })], ['agents', api.csv('agents', { campaign })],
  ['series', api.csv('series', { campaign, from: from(period) })], ['waiting', api.csv('interactions', { campaign, state: 'waiting' })],
  ['ended', api.csv('interactions', { campaign, state: 'ended', from: from(period) })]];

function Board({ b, q }) {
  const lines = b.campaigns;
  const threshold = (w) => lines.find((l) => l.id === w.campaign)?.serviceLevel;
  const waiting = b.list.map((w) => { const age = since(w.queued); return { ...w, age, tone: ageTone(age, threshold(w)) }; });
  const to = (query) => link('list', '', { campaign: q.campaign, period: q.period, ...query });
  return html`<${Guard}><${Now} total=${b.total} lines=${lines} agents=${b.agents} to=${to} waiting=${waiting} /><//>
    <${Guard}><${Kpis} c=${b.total.counts} late=${b.total.late} series=${b.series} to=${to} /><//>
    <div class="cols"><${Guard}><${Hours} series=${b.series} /><//><${Guard}><${Outcomes} c=${b.total.counts} to=${to} /><//></div>
    <${Guard}><${Waiting} list=${waiting} total=${b.total.waiting} lines=${lines} many=${lines.length > 1} agents=${b.agents} to=${to} /><//>
    <div class=${lines.length > 1 ? 'cols even' : ''}>${lines.length > 1 && html`<${Guard}><${Campaigns} lines=${lines} q=${q} /><//>`}<${Guard}><${Agents} agents=${b.agents} /><//></div>
    <p class="faint small">${t('board.counted', { from: when(b.from), at: clock(b.now) })}</p>`;
}

function download(url) {
  const a = document.createElement('a');
  a.href = url; a.download = '';
  a.click();
}

function Now({ total, lines, agents, to, waiting }) {
  const oldest = Math.max(0, ...waiting.map((w) => w.age), ...lines.map((l) => since(l.oldest)));
  const kind = ['bad', 'warn'].find((k) => waiting.some((w) => w.tone === k)) || '';
  const n = (f) => agents.filter(f).length;
  const room = n((a) => a.state === 'available' && !a.afterWork && a.load < a.limit && a.activity !== 'wrapup');
  return html`<section class="now" aria-label=${t('board.now')}>
    <${Figure} name=${t('fig.waiting')} define=${t('def.waiting')} value=${number(total.waiting)} href=${to({ state: 'waiting' })} kind=${kind}
      sub=${total.waiting ? t('fig.oldest', { t: span(oldest) }) : t('fig.nobodyWaits')} subkind=${kind} />
    <${Figure} name=${t('fig.active')} define=${t('def.active')} value=${number(total.active)} href=${to({ state: 'active' })} sub=${total.parked ? t('fig.parked', { n: total.parked }) : ''} />
    <${Figure} name=${t('fig.bots')} define=${t('def.bots')} value=${number(total.bots)} href=${to({ state: 'bot' })} sub="" />
    <${Figure} name=${t('fig.available')} define=${t('def.available')} value=${html`${n((a) => a.state === 'available')}<small> / ${agents.length}</small>`} href="#agents" jump="agents"
      kind=${agents.length && !n((a) => a.state === 'available') ? 'bad' : ''} sub=${t('fig.room', { n: room })} subkind=${total.waiting && !room ? 'warn' : ''} />
    <${Figure} name=${t('fig.paused')} define=${t('def.paused')} value=${number(n((a) => a.state === 'paused'))} href="#agents" jump="agents" sub=${reasons(agents)} />
  </section>`;
}

const reasons = (agents) => [...new Set(agents.filter((a) => a.state === 'paused' && a.reason).map((a) => plain(a.reason, 24)))].slice(0, 2).join(', ');

function Kpis({ c, late, series, to }) {
  const spark = (f) => series.map((s) => f(s.counts || {}));
  const share = (name, digits) => ({ name: t('fig.' + name), define: t('def.' + name), value: percent(formulas[name](c), digits), kind: tone(name, formulas[name](c)), spark: spark(formulas[name]) });
  const time = (name) => ({ name: t('fig.' + name), define: t('def.' + name), value: span(formulas[name](c)), kind: '', spark: spark(formulas[name]) });
  const z = (n) => number(n || 0);
  const all = (c.opened || 0) + (c.outbound || 0);
  return html`<section class="kpis" aria-label=${t('board.period')}>
    <${Kpi} ...${share('serviceLevel')} sub=${html`${t('fig.inTime', { a: z(c.answeredIn), b: z((c.answeredIn || 0) + (c.answeredLate || 0)) })}${late > 0 && html` · <span class="bad">${tn('fig.late', late)}</span>`}`} href=${to({ state: 'ended', outcome: 'answered', missed: c.answeredLate ? 'true' : '' })} />
    <${Kpi} ...${share('serviceLevelWithAbandoned')} href=${to({ state: 'ended', outcome: 'answered,abandoned' })} sub=${t('fig.inTime', { a: z((c.answeredIn || 0) + (c.abandonedIn || 0)), b: z((c.answeredIn || 0) + (c.answeredLate || 0) + (c.abandonedIn || 0) + (c.abandonedLate || 0)) })} />
    <${Kpi} ...${share('abandonRate', 1)} sub=${tn('fig.abandoned', c.abandoned || 0)} href=${to({ state: 'ended', outcome: 'abandoned' })} />
    <${Kpi} name=${t('fig.interactions')} define=${t('def.interactions')} value=${z(all)} spark=${spark((x) => (x.opened || 0) + (x.outbound || 0))} sub=${t('fig.outbound', { n: z(c.outbound) })} href=${to({ state: 'ended' })} />
    <${Kpi} ...${time('averageWait')} sub=${t('fig.longest', { t: span(formulas.longestWait(c)) })} href=${to({ state: 'ended', outcome: 'answered' })} />
    <${Kpi} ...${time('averageFirstResponse')} href=${to({ state: 'ended', outcome: 'answered' })} sub=${t('fig.responded', { n: z(c.responded) })} />
    <${Kpi} ...${time('averageHandleTime')} sub=${t('fig.transfers', { p: percent(formulas.transferRate(c)) })} href=${to({ state: 'ended', outcome: 'answered' })} />
    <${Kpi} ...${share('occupancy')} sub=${`${span((c.busySumMicros || 0) / 1e6)} / ${span((c.loggedInSumMicros || 0) / 1e6)}`} href="#agents" jump="agents" />
  </section>`;
}

function Hours({ series }) {
  const parts = [['answered', 'k1', (c) => c.answered], ['bot_ended', 'k2', (c) => c.ends?.bot_ended], ['timed_out', 'k3', (c) => c.timedOut], ['abandoned', 'k4', (c) => c.abandoned]];
  const slots = series.map((s) => ({ label: clock(s.start), title: `${clock(s.start)}–${clock(s.end)}`, values: parts.map(([, , f]) => f(s.counts || {}) || 0) }));
  return html`<section class="card"><header><h2>${t('board.hours')}</h2></header><div class="body">
    ${slots.length ? html`<${Bars} label=${t('board.hours.alt')} slots=${slots} series=${parts.map(([name, color]) => ({ name: t('outcome.' + name), color }))}
      line=${series.map((s) => formulas.serviceLevel(s.counts || {}))} lineName=${t('fig.serviceLevel')} lineFormat=${(v) => percent(v)} format=${number} height=${220} />` : html`<${Empty} icon="board" title=${t('board.nothingYet')} />`}</div></section>`;
}

function Outcomes({ c, to }) {
  const ends = c.ends || {};
  const sum = outcomes.reduce((n, o) => n + (ends[o] || 0), 0);
  const parts = outcomes.map((o) => ({ name: t('outcome.' + o), key: o, value: ends[o] || 0, color: colors[o] }));
  const shown = parts.filter((p) => p.value || !refusals.includes(p.key));
  return html`<section class="card"><header><h2>${t('board.outcomes')}</h2></header><div class="body split">
    <${Donut} parts=${parts} total=${number(sum)} caption=${t('board.ended')} label=${t('board.outcomes') + ': ' + shown.map((p) => `${p.name} ${p.value}`).join(', ')} />
    <div class="parts">${shown.map((p) => html`<a key=${p.key} href=${to({ state: 'ended', outcome: p.key })}><i class=${p.color}></i><span class="ell">${p.name}</span><b>${number(p.value)}</b><span class="sub">${sum ? percent(p.value / sum) : ''}</span></a>`)}
      <span class="part faint small">${t('board.refused', { n: number(refusals.reduce((n, o) => n + (ends[o] || 0), 0)) })}</span></div></div></section>`;
}

function Waiting({ list, total, lines, many, agents, to }) {
  const [open, setOpen] = useState('');
  const name = (id) => plain(agents.find((a) => a.id === id)?.name || id);
  return html`<section class="card" id="waiting"><header><h2>${t('board.waiting')}</h2><span class="chip num">${total}</span></header>
    ${!list.length ? html`<${Empty} icon="check" title=${t('fig.nobodyWaits')} />` : html`<div class="tablewrap scroll" tabindex="0" role="region" aria-label=${t('board.waiting')}><table>
      <thead><tr><th>${t('customer')}</th>${many && html`<th class="hide-narrow">${t('campaign')}</th>`}<th class="n">${t('col.waits')}</th><th class="n hide-narrow">${t('col.position')}</th><th class="hide-narrow">${t('col.asks')}</th><th class="hide-narrow">${t('col.now')}</th><th><span class="sr">${t('why')}</span></th></tr></thead>
      <tbody>${list.map((w) => html`<tr key=${w.id} class=${w.tone}><td><div class="row"><${Avatar} name=${w.name || w.id} /><a class="ell" href=${link('list', w.id)}><${Name} fallback=${phone(w.address) || t('unknownCustomer')}>${w.name}<//></a></div></td>
          ${many && html`<td class="hide-narrow"><${Name}>${w.campaignName || w.campaign}<//></td>`}
          <td class="n"><span class=${`age ${w.tone}`}>${span(w.age)}</span></td><td class="n hide-narrow">${w.position || ''}</td>
          <td class="hide-narrow"><div class="row wrap">${(w.skills || []).map((s) => html`<span class="chip" key=${s.name}><${Name}>${s.name}<//></span>`)}${w.priority ? html`<span class="chip accent">${t('priority.n', { n: w.priority })}</span>` : ''}${!w.priority && !w.skills?.length ? html`<span class="faint">–</span>` : ''}</div></td>
          <td class="hide-narrow">${w.offered ? html`<span class="chip accent">${t('col.offeredTo', { name: name(w.offered) })}</span>` : html`<span class="muted">${t('col.inQueue')}</span>`}</td>
          <td class="n"><button type="button" class="btn small ghost" aria-expanded=${open === w.id} onClick=${() => setOpen(open === w.id ? '' : w.id)}>${t('why')}</button></td></tr>
          ${open === w.id && html`<tr key=${w.id + 'why'} class="whyrow"><td colspan="7"><${Why} id=${w.id} agents=${agents} /></td></tr>`}`)}</tbody></table></div>
      ${total > list.length && html`<div class="body"><a href=${to({ state: 'waiting' })}>${t('board.more', { n: total - list.length })}</a></div>`}`}</section>`;
}

function Campaigns({ lines, q }) {
  return html`<section class="card"><header><h2>${t('board.campaigns')}</h2></header><div class="tablewrap"><table>
    <thead><tr><th>${t('campaign')}</th><th class="n">${t('fig.waiting')}</th><th class="n hide-narrow">${t('fig.active')}</th><th class="n">${t('fig.serviceLevel')}</th><th class="n hide-narrow">${t('fig.abandonRate')}</th><th class="n hide-narrow">${t('fig.averageWait')}</th></tr></thead>
    <tbody>${lines.map((l) => {
      const sl = formulas.serviceLevel(l.counts), ab = formulas.abandonRate(l.counts);
      return html`<tr key=${l.id}><td><a href=${link('dashboard', '', { ...q, campaign: l.id })}><${Name}>${l.name || l.id}<//></a> ${!l.enabled ? html`<span class="chip bad">${t('disabled')}</span>` : !l.open ? html`<span class="chip">${t('closed')}</span>` : ''}</td>
        <td class="n">${l.waiting}${l.oldest ? html` <span class=${`age small ${ageTone(since(l.oldest), l.serviceLevel)}`}>${span(since(l.oldest))}</span>` : ''}</td><td class="n hide-narrow">${l.active}</td>
        <td class="n"><span class=${`age ${tone('serviceLevel', sl)}`}>${percent(sl)}</span>${l.late > 0 && html` <span class="age small bad" title=${tn('fig.late', l.late)}>${t('fig.lateShort', { n: number(l.late) })}</span>`}</td><td class="n hide-narrow"><span class=${`age ${tone('abandonRate', ab)}`}>${percent(ab, 1)}</span></td><td class="n hide-narrow">${span(formulas.averageWait(l.counts))}</td></tr>`;
    })}</tbody></table></div></section>`;
}

// doing is what an agent's state and work come to: a colour and words.
export function doing(a) {
  const dot = { offline: 'offline', paused: 'paused', wrapup: 'warn', offered: 'busy', busy: 'busy', available: 'available' }[a.activity] || a.state;
  const text = t('state.' + (a.activity || a.state));
  return [dot, a.activity === 'paused' && a.reason ? `${text}: ${plain(a.reason, 40)}` : text];
}

// doingSince is since when an agent does what doing says; '' = not known.
const doingSince = (a) => ({ busy: a.busySince, offered: '' })[a.activity] ?? a.since;

function Agents({ agents }) {
  const rank = { available: 0, paused: 1, offline: 2 };
  const list = [...agents].sort((a, b) => rank[a.state] - rank[b.state] || b.load - a.load || plain(a.name || a.id).localeCompare(plain(b.name || b.id)));
  const counts = new Map();
  for (const a of agents) { const [dot, label] = doing({ ...a, reason: '' }); counts.set(label, { dot, n: (counts.get(label)?.n || 0) + 1 }); }
  return html`<section class="card" id="agents"><header><h2>${t('board.agents')}</h2></header>
    ${!agents.length ? html`<${Empty} icon="user" title=${t('members.none')} />` : html`<div class="states">${[...counts].map(([label, x]) => html`<span key=${label}><i class=${`dot ${x.dot}`}></i>${label} <b>${x.n}</b></span>`)}</div>
    <div class="tablewrap scroll" tabindex="0" role="region" aria-label=${t('board.agents')}><table><thead><tr><th>${t('agent')}</th><th>${t('col.state')}</th><th class="n">${t('col.inState')}</th><th>${t('col.load')}</th></tr></thead>
    <tbody>${list.map((a) => {
      const [dot, label] = doing(a);
      return html`<tr key=${a.id}><td><div class="row"><${Avatar} name=${a.name || a.id} /><span class="ell"><${Name}>${a.name || a.id}<//></span></div></td>
        <td><span class="row"><i class=${`dot ${dot}`}></i><span class="ell">${label}</span></span></td><td class="n num">${doingSince(a) ? span(since(doingSince(a))) : ''}</td>
        <td><div class="loadcell"><span class=${`bar ${a.load > a.limit ? 'over' : a.load === a.limit ? 'full' : ''}`}><i style=${{ width: `${Math.min(100, (a.load / Math.max(1, a.limit)) * 100)}%` }}></i></span><span class="num">${a.load}/${a.limit}</span></div></td></tr>`;
    })}</tbody></table></div>`}</section>`;
}
