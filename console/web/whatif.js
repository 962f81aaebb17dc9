// Try on the last day: the edited settings on the campaign's own past, beside what was.
import { html, useState, useEffect, useRef, Icon, Note } from './ui.js';
import { t } from './i18n.js';
import { number, percent, plain, span, when } from './format.js';
import { api, act, explain } from './store.js';
import { formulas } from './metrics.js';

const better = { serviceLevel: 1, serviceLevelWithAbandoned: 1, abandonRate: -1, averageWait: -1, longestWait: -1, averageFirstResponse: -1, occupancy: 0, averageHandleTime: 0, transferRate: 0 };
const shares = new Set(['serviceLevel', 'serviceLevelWithAbandoned', 'abandonRate', 'occupancy', 'transferRate']);

export function WhatIf({ campaign, dirty, faults }) {
  const [run, setRun] = useState(null);
  const [fault, setFault] = useState('');
  const alive = useRef(true);
  useEffect(() => () => { alive.current = false; }, []);
  const watch = async (r) => {
    while (alive.current && r.state === 'running') {
      setRun(r);
      await new Promise((done) => setTimeout(done, 350));
      try { r = await api.whatIfRun(r.id); } catch (err) { setFault(explain(err)); setRun(null); return; }
    }
    if (alive.current) setRun(r);
  };
  const start = async () => { setFault(''); try { await watch(await api.whatIf({ campaign })); } catch (err) { setFault(explain(err)); } };
  const cancel = async () => { const r = await act(() => api.whatIfCancel(run.id)); if (r) setRun(r); };
  const busy = run?.state === 'running';
  return html`<details class="card" id="whatif"><summary><${Icon} name="next" size=${15} /><${Icon} name="flask" size=${17} /><span class="grow">${t('whatif.title')}</span></summary><div class="body stack" style=${{ padding: '16px 18px' }}>
    <p class="muted">${t('whatif.hint')}</p>
    <div class="row wrap">${busy ? html`<button type="button" class="btn" onClick=${cancel}>${t('cancel')}</button>` : html`<button type="button" class="btn primary" disabled=${faults > 0} onClick=${start}><${Icon} name="play" size=${15} />${t('whatif.run')}</button>`}
      ${!dirty && !busy && html`<span class="small muted">${t('whatif.unchanged')}</span>`}</div>
    ${busy && html`<div class="row"><progress max="1" value=${run.progress} aria-label=${t('whatif.progress')}></progress><span class="num small">${percent(run.progress)}</span></div>`}
    ${fault && html`<${Note} kind="bad" role="alert">${fault}<//>`}
    ${run?.state === 'failed' && html`<${Note} kind="bad" role="alert">${plain(run.problem, 400)}<//>`}${run?.state === 'cancelled' && html`<${Note}>${t('whatif.cancelled')}<//>`}
    ${run?.result && html`<${Compare} r=${run.result} />`}</div></details>`;
}

function Compare({ r }) {
  const fig = (side, name) => side.figures?.[name] ?? formulas[name]?.(side.counts || {}) ?? null;
  const show = (name, v) => (v === null ? '–' : shares.has(name) ? percent(v, 1) : span(v));
  const cls = (name, a, b) => (a === null || b === null || Math.abs(a - b) < 1e-9 ? '' : Math.sign(b - a) === better[name] ? 'better' : better[name] ? 'worse' : '');
  const range = (side, name) => { const r = side.ranges?.[name]; return !r || show(name, r.low) === show(name, r.high) ? '' : html`<span class="range">${t('whatif.range', { low: show(name, r.low), high: show(name, r.high) })}</span>`; };
  const ends = (side, o) => side.counts?.ends?.[o] || 0;
  return html`<div class="stack" aria-live="polite"><p class="small muted">${t('whatif.span', { from: when(r.from), to: when(r.to) })}</p>
    ${r.notes.map((n) => html`<${Note} key=${n}>${plain(n, 400)}<//>`)}
    <div class="tablewrap"><table class="compare"><thead><tr><th>${t('figure')}</th><th class="n">${t('whatif.before')}</th><th class="n">${t('whatif.after')}</th><th class="n">${t('whatif.change')}</th></tr></thead><tbody>
      ${Object.keys(better).map((name) => { const a = fig(r.before, name), b = fig(r.after, name); return html`<tr key=${name}><td>${t('fig.' + name)}</td><td class="n">${show(name, a)}${range(r.before, name)}</td><td class="n"><b>${show(name, b)}</b>${range(r.after, name)}</td><td class=${`n ${cls(name, a, b)}`}>${a === null || b === null ? '' : (b - a > 0 ? '+' : b - a < 0 ? '−' : '±') + show(name, Math.abs(b - a))}</td></tr>`; })}
      ${['answered', 'abandoned', 'timed_out', 'queue_full', 'out_of_hours'].map((o) => { const a = ends(r.before, o), b = ends(r.after, o); return html`<tr key=${o}><td>${t('outcome.' + o)}</td><td class="n">${number(a)}</td><td class="n"><b>${number(b)}</b></td><td class=${`n ${a === b ? '' : (b > a) === (o === 'answered') ? 'better' : 'worse'}`}>${b > a ? '+' : b < a ? '−' : '±'}${number(Math.abs(b - a))}</td></tr>`; })}
    </tbody></table></div>${r.before.ranges && html`<p class="small muted">${t('whatif.ranges')}</p>`}</div>`;
}
