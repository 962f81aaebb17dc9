// Controls of the settings page, and the list of the settings themselves.
import { html, Icon, Fault, Select } from './ui.js';
import { t, has } from './i18n.js';
import { coarse } from './format.js';

// get and put reach into plain data by a path such as "offers.ringTime". put leaves out
// what is empty, as the configuration's JSON does.
export const get = (o, path) => path.split('.').reduce((x, k) => x?.[k], o);
export function put(o, path, value) {
  const [k, ...rest] = path.split('.');
  const copy = { ...(o || {}) };
  const v = rest.length ? put(copy[k], rest.join('.'), value) : value;
  const empty = v === undefined || v === '' || v === 0 || v === false || (Array.isArray(v) && !v.length)
    || (v && typeof v === 'object' && !Array.isArray(v) && !Object.keys(v).length);
  if (empty && !keep.has(k)) delete copy[k]; else copy[k] = v;
  return copy;
}
const keep = new Set(['enable', 'connector', 'phoneNumbers', 'hours', 'week', 'after']);

// form makes the page of the declarations that the server sends: the settings of the guide
// in their order, and the groups after them. Opening hours are one control, and overflow has
// a section of its own.
export function form(fields) {
  const main = [], more = new Map();
  for (const f of fields) {
    const row = { path: f.path, kind: f.kind, values: ['', ...(f.values || []).filter((v) => v !== f.zero)], zero: f.kind === 'choice' ? f.zero : +f.zero || undefined };
    if (f.group === 'outOfHours') {
      if (!main.some((x) => x.kind === 'hours')) main.push({ path: f.group, kind: 'hours' });
    } else if (f.group === 'main') main.push(row);
    else if (f.group !== 'overflow') more.set(f.group, [...(more.get(f.group) || []), row]);
  }
  return { main, more: [...more] };
}

// Row is one setting: its name and explanation beside its control, and what is wrong with it.
export function Row({ name, explain, fault, changed, children, id, tall }) {
  return html`<div class=${`setting ${tall ? 'tall' : ''} ${changed ? 'changed' : ''}`} data-setting=${name}>
    <div class="about"><label class="label" for=${id}>${t(name)}</label><p class="hint" id=${id + '-h'}>${explain}</p></div>
    <div class="control">${children}<${Fault} id=${id + '-f'} text=${fault} /></div></div>`;
}

// Control is the input of one setting of a simple kind.
export function Control({ f, id, value, onChange, fault, options, readonly }) {
  const rest = { id, disabled: readonly, 'aria-describedby': `${id}-h${fault ? ` ${id}-f` : ''}`, 'aria-invalid': !!fault };
  switch (f.kind) {
    case 'switch': return html`<span class="switch"><input type="checkbox" role="switch" ...${rest} checked=${!!value} onChange=${(e) => onChange(e.target.checked)} /><span class="muted small" aria-hidden="true">${value ? t('on') : t('off')}</span></span>`;
    case 'seconds': return html`<${Amount} value=${value} onChange=${onChange} rest=${rest} zero=${f.zero} unit="s" />`;
    case 'count': return html`<${Amount} value=${value} onChange=${onChange} rest=${rest} zero=${f.zero} />`;
    case 'text': return html`<textarea class="area" rows="2" ...${rest} value=${value || ''} onInput=${(e) => onChange(e.target.value)}></textarea>`;
    case 'words': return html`<input class="input" ...${rest} value=${(value || []).join(', ')} onChange=${(e) => onChange(e.target.value.split(',').map((x) => x.trim()).filter(Boolean))} />`;
    case 'connector': return html`<${Select} value=${value || ''} onChange=${onChange} ...${rest} options=${known(value, options.connectors.map((c) => c.name), t('choose'))} />`;
    case 'strategy': return html`<${Select} value=${value || ''} onChange=${onChange} ...${rest} options=${known(value, options.strategies, null, (s) => (s === 'fewest' ? 'fewest (fewestcalls)' : s || `leastbusy (${t('default')})`), true)} />
      ${has('strategy.' + (value || 'leastbusy')) && html`<p class="hint">${t('strategy.' + (value || 'leastbusy'))}</p>`}`;
    case 'bot': return html`<${Select} value=${value || ''} onChange=${onChange} ...${rest} options=${known(value, options.bots, t('none'))} />`;
    case 'choice': return html`<${Select} value=${value === f.zero ? '' : value || ''} onChange=${onChange} ...${rest} options=${f.values.map((v) => ({ value: v, label: t(`${f.path}=${v}`) }))} />`;
    case 'numbers': return html`<${Numbers} value=${value || []} onChange=${onChange} rest=${rest} known=${options.numbers || []} />`;
    default: return null;
  }
}

// known lists names, the present one too where it is not among them, so that a select
// never shows something that is not so.
function known(value, names, none, label = (s) => s, blank) {
  const list = [...names];
  if (value && !list.includes(value)) list.push(value);
  const out = list.map((n) => ({ value: n, label: label(n) }));
  if (none !== null) out.unshift({ value: '', label: none });
  else if (blank) out.unshift({ value: '', label: label('') });
  return out;
}

function Amount({ value, onChange, rest, unit, zero }) {
  const n = value ?? 0;
  return html`<span class="unit"><input class="input narrow num" type="number" inputmode="numeric" step="1" ...${rest} value=${value ?? 0}
    onInput=${(e) => onChange(e.target.value === '' ? 0 : Math.trunc(+e.target.value))} />
    ${unit && html`<span>${t('seconds')}</span>`}<span class="faint">${n === 0 ? (zero ? t('zero.default', { n: unit ? coarse(zero) : zero }) : unit ? '' : t('zero.nolimit')) : unit && n >= 60 ? `= ${coarse(n)}` : ''}</span></span>`;
}

// Numbers offers the connector's numbers; each may be chosen once, and one that is gone
// from the connector stays in sight until it is taken out.
function Numbers({ value, onChange, rest, known }) {
  const all = [...new Set([...known, ...value])];
  return html`<div class="stack tight" role="group" aria-describedby=${rest['aria-describedby']} id=${rest.id}>${all.map((n) => html`<label class="check" key=${n}>
    <input type="checkbox" disabled=${rest.disabled} checked=${value.includes(n)} onChange=${(e) => onChange(e.target.checked ? all.filter((x) => x === n || value.includes(x)) : value.filter((x) => x !== n))} />
    <span class="num">${n}</span>${!known.includes(n) && html`<span class="chip warn">${t('numbers.gone')}</span>`}</label>`)}
    ${!all.length && html`<p class="hint">${t('numbers.none')}</p>`}</div>`;
}

// Skills edits a list of {name, level, for}; spans tells whether a requirement may lapse.
export function Skills({ value = [], onChange, readonly, spans, label }) {
  const edit = (k, part) => onChange(value.map((x, n) => (n === k ? clean({ ...x, ...part }) : x)));
  return html`<div class="stack tight">${value.map((s, k) => html`<div class="row" key=${k}>
    <input class="input" placeholder=${t('skill')} aria-label=${`${label || ''} ${t('skill')}`} disabled=${readonly} value=${s.name} onInput=${(e) => edit(k, { name: e.target.value })} />
    <input class="input tiny num" type="number" min="1" max="10" aria-label=${t('level')} title=${t('level')} disabled=${readonly} value=${s.level || 1} onInput=${(e) => edit(k, { level: +e.target.value })} />
    ${spans && html`<input class="input tiny num" type="number" min="0" aria-label=${t('skill.for')} title=${t('skill.for')} placeholder="∞" disabled=${readonly} value=${s.for || ''} onInput=${(e) => edit(k, { for: +e.target.value })} />`}
    ${!readonly && html`<button type="button" class="btn ghost icon small" aria-label=${t('remove')} onClick=${() => onChange(value.filter((_, n) => n !== k))}><${Icon} name="x" size=${15} /></button>`}</div>`)}
    ${!readonly && html`<button type="button" class="linkish small" onClick=${() => onChange([...value, { name: '' }])}>+ ${t('skill.add')}</button>`}</div>`;
}
const clean = (s) => Object.fromEntries(Object.entries(s).filter(([k, v]) => k === 'name' || (v && !(k === 'level' && v === 1))));

// Ring edits by what a requirement becomes easier.
function Ring({ r, onChange, readonly }) {
  return html`<input class="input" placeholder=${t('ring.every')} aria-label=${t('skill')} disabled=${readonly} value=${r.skill || ''} onInput=${(e) => onChange({ skill: e.target.value })} />
    <span class="small">${t('ring.lower')}</span><input class="input tiny num" type="number" min="0" aria-label=${t('ring.lower')} disabled=${readonly} value=${r.lower || 0} onInput=${(e) => onChange({ lower: +e.target.value })} />
    <label class="check small"><input type="checkbox" disabled=${readonly} checked=${!!r.drop} onChange=${(e) => onChange({ drop: e.target.checked })} />${t('ring.drop')}</label>
    <span class="small">${t('ring.tiers')}</span><input class="input tiny num" type="number" min="0" aria-label=${t('ring.tiers')} disabled=${readonly} value=${r.tiers || 0} onInput=${(e) => onChange({ tiers: +e.target.value })} />`;
}

export function Rings({ value = [], onChange, readonly }) {
  const edit = (k, part) => onChange(value.map((x, n) => (n === k ? Object.fromEntries(Object.entries({ ...x, ...part }).filter(([key, v]) => key === 'after' || v)) : x)));
  return html`<div class="stack tight">${value.map((r, k) => html`<div class="row wrap" key=${k}>
    <span class="small">${t('ring.after')}</span><input class="input tiny num" type="number" min="0" aria-label=${t('ring.after')} disabled=${readonly} value=${r.after} onInput=${(e) => edit(k, { after: +e.target.value })} />
    <${Ring} r=${r} readonly=${readonly} onChange=${(part) => edit(k, part)} />
    ${!readonly && html`<button type="button" class="btn ghost icon small" aria-label=${t('remove')} onClick=${() => onChange(value.filter((_, n) => n !== k))}><${Icon} name="x" size=${15} /></button>`}</div>`)}
    ${!readonly && html`<button type="button" class="linkish small" onClick=${() => onChange([...value, { after: 60 }])}>+ ${t('ring.add')}</button>`}</div>`;
}

// Steps edits the overflow.
export function Steps({ value = [], onChange, readonly, campaigns, bots, faults = {} }) {
  const edit = (k, part) => onChange(value.map((x, n) => (n === k ? Object.fromEntries(Object.entries({ ...x, ...part }).filter(([key, v]) => key === 'do' || v)) : x)));
  return html`<div class="stack tight">${value.map((s, k) => html`<div class="stepcard" key=${k}><div class="row wrap">
    <span class="small">${t('ring.after')}</span><input class="input tiny num" type="number" min="0" aria-label=${t('ring.after')} disabled=${readonly} value=${s.after || 0} onInput=${(e) => edit(k, { after: +e.target.value })} />
    <span class="small">${t('step.every')}</span><input class="input tiny num" type="number" min="0" aria-label=${t('step.every')} disabled=${readonly} value=${s.every || 0} onInput=${(e) => edit(k, { every: +e.target.value })} />
    <${Select} label=${t('step.when')} disabled=${readonly} value=${s.when || ''} onChange=${(v) => edit(k, { when: v })} options=${['', 'nobody_logged_in', 'nobody_available', 'queue_longer', 'wait_longer'].map((v) => ({ value: v, label: t('step.when=' + v) }))} />
    ${['queue_longer', 'wait_longer'].includes(s.when) && html`<input class="input tiny num" type="number" min="0" aria-label=${t('step.than')} disabled=${readonly} value=${s.than || 0} onInput=${(e) => edit(k, { than: +e.target.value })} />`}
    <${Select} label=${t('step.do')} disabled=${readonly} value=${s.do} onChange=${(v) => edit(k, { do: v, target: '', text: '', relax: null })} options=${['message', 'campaign', 'bot', 'end', 'relax'].map((v) => ({ value: v, label: t('step.do=' + v) }))} />
    ${(s.do === 'campaign' || s.do === 'bot') && html`<${Select} label=${t('step.target')} disabled=${readonly} value=${s.target || ''} onChange=${(v) => edit(k, { target: v })} options=${known(s.target, s.do === 'bot' ? bots : campaigns, t('choose'))} />`}
    ${s.do === 'relax' && html`<${Ring} r=${s.relax || {}} readonly=${readonly} onChange=${(part) => edit(k, { relax: Object.fromEntries(Object.entries({ after: 0, ...s.relax, ...part }).filter(([key, v]) => key === 'after' || v)) })} />`}
    ${(s.do === 'message' || s.do === 'end') && html`<input class="input grow" placeholder=${t('text')} aria-label=${t('text')} disabled=${readonly} value=${s.text || ''} onInput=${(e) => edit(k, { text: e.target.value })} />`}
    ${!readonly && html`<button type="button" class="btn ghost icon small" aria-label=${t('remove')} onClick=${() => onChange(value.filter((_, n) => n !== k))}><${Icon} name="x" size=${15} /></button>`}</div>
    ${Object.entries(faults).filter(([p]) => p.startsWith(`[${k}]`)).map(([p, text]) => html`<${Fault} key=${p} text=${text} />`)}</div>`)}
    ${!readonly && html`<button type="button" class="linkish small" onClick=${() => onChange([...value, { after: 120, do: 'message' }])}>+ ${t('step.add')}</button>`}</div>`;
}
