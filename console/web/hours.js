// The opening hours: a week of tracks on which ranges are drawn, moved and stretched, the
// same ranges as times to type, and exceptions by date.
import { html, useState, useRef, Icon, Fault, Menu } from './ui.js';
import { t } from './i18n.js';
import { weekday } from './format.js';

export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const step = 15, dayEnd = 1440;
const pad = (n) => String(n).padStart(2, '0');
export const clockOf = (m) => (m === dayEnd ? '24:00' : `${pad(Math.floor(m / 60) % 24)}:${pad(m % 60)}`);
const minutes = (s) => { const m = /^(\d{1,2}):(\d{2})$/.exec(s || ''); return m ? +m[1] * 60 + +m[2] : NaN; };

// spread turns the rules of a schedule into ranges by day, in minutes from the day's
// midnight; a range over midnight ends after 1440.
export function spread(schedule) {
  const week = days.map(() => []);
  for (const rule of schedule?.week || []) {
    const from = minutes(rule.from);
    let to = minutes(rule.to);
    if (to <= from) to += dayEnd;
    for (const d of rule.days || []) { const i = days.indexOf(d); if (i >= 0 && !Number.isNaN(from + to)) week[i].push([from, to]); }
  }
  return week.map((list) => list.sort((a, b) => a[0] - b[0]));
}

// gather turns ranges by day back into rules, the same range of several days as one.
export function gather(week) {
  const rules = new Map();
  week.forEach((list, i) => list.forEach(([from, to]) => {
    const key = `${clockOf(from)}-${clockOf(to)}`;
    if (!rules.has(key)) rules.set(key, { days: [], from: clockOf(from), to: clockOf(to > dayEnd ? to - dayEnd : to) });
    rules.get(key).days.push(days[i]);
  }));
  return [...rules.values()];
}

const merge = (list) => {
  const out = [];
  for (const [a, b] of [...list].sort((x, y) => x[0] - y[0])) {
    const last = out.at(-1);
    if (last && a <= last[1]) last[1] = Math.max(last[1], b); else out.push([a, b]);
  }
  return out;
};

// Week is the editor of a schedule; onChange gets the whole new schedule. faults are by
// path within the schedule.
export function Week({ schedule, onChange, faults = {}, readonly }) {
  const week = spread(schedule);
  const set = (next) => onChange({ ...schedule, week: gather(next) });
  const setDay = (i, list) => set(week.map((old, k) => (k === i ? merge(list) : old)));
  const copy = (i, to) => set(week.map((old, k) => (to.includes(k) ? week[i].map((r) => [...r]) : old)));
  const zones = Intl.supportedValuesOf ? Intl.supportedValuesOf('timeZone') : [];
  return html`<div class="hours">
    <div class="hourscale" aria-hidden="true">${[0, 4, 8, 12, 16, 20, 24].map((x) => html`<span key=${x} style=${{ insetInlineStart: `${(x / 24) * 100}%` }}>${pad(x)}</span>`)}</div>
    ${week.map((list, i) => html`<${Day} key=${i} i=${i} list=${list} before=${week[(i + 6) % 7]} readonly=${readonly} onChange=${(l) => setDay(i, l)} onCopy=${(to) => copy(i, to)} />`)}
    ${!readonly && html`<p class="hint">${t('hours.hint')}</p>`}
    <div class="row wrap"><label class="field grow"><span class="label">${t('hours.zone')}</span>
      <input class="input" list="zones" value=${schedule.zone || ''} placeholder="UTC" disabled=${readonly} aria-invalid=${!!faults.zone} onInput=${(e) => onChange({ ...schedule, zone: e.target.value || undefined })} />
      <datalist id="zones">${zones.map((z) => html`<option key=${z} value=${z} />`)}</datalist><${Fault} text=${faults.zone} /></label></div>
    ${Object.entries(faults).filter(([k]) => k !== 'zone').map(([k, v]) => html`<${Fault} key=${k} text=${`${k} ${v}`} />`)}
    <${Exceptions} list=${schedule.exceptions || []} readonly=${readonly} onChange=${(x) => onChange({ ...schedule, exceptions: x.length ? x : undefined })} />
  </div>`;
}

function Day({ i, list, before, onChange, onCopy, readonly }) {
  const track = useRef();
  const [draft, setDraft] = useState(null); // what is being drawn: {k, list}
  const shown = draft ? draft.list : list;
  const at = (e) => {
    const r = track.current.getBoundingClientRect();
    return Math.max(0, Math.min(dayEnd, Math.round(((e.clientX - r.left) / r.width) * dayEnd / step) * step));
  };
  // drag follows the pointer: edge −1 stretches the beginning, +1 the end, 0 moves.
  const drag = (e, k, edge) => {
    if (readonly || e.button) return;
    e.preventDefault(); e.stopPropagation();
    const start = at(e);
    const base = k < 0 ? [...list, [start, start]] : list.map((r) => [...r]);
    const index = k < 0 ? base.length - 1 : k, [from, to] = base[index];
    let next = base;
    track.current.setPointerCapture(e.pointerId);
    const move = (ev) => {
      const d = at(ev) - start;
      const r = k < 0 ? [Math.min(start, at(ev)), Math.max(start, at(ev))]
        : edge < 0 ? [Math.min(to - step, Math.max(0, from + d)), to]
        : edge > 0 ? [from, Math.max(from + step, Math.min(to > dayEnd ? to : dayEnd, to + d))]
        : shift(from, to, d);
      next = base.map((x, n) => (n === index ? r : x));
      setDraft({ k: index, list: next });
    };
    const up = () => {
      track.current.removeEventListener('pointermove', move);
      track.current.removeEventListener('pointerup', up);
      track.current.removeEventListener('pointercancel', up);
      setDraft(null);
      onChange(next.filter(([a, b]) => b - a >= step));
    };
    track.current.addEventListener('pointermove', move);
    track.current.addEventListener('pointerup', up);
    track.current.addEventListener('pointercancel', up);
  };
  const key = (e, k) => {
    const d = { ArrowLeft: -step, ArrowRight: step }[e.key];
    if (e.key === 'Delete' || e.key === 'Backspace') { e.preventDefault(); onChange(list.filter((_, n) => n !== k)); return; }
    if (!d) return;
    e.preventDefault();
    const [a, b] = list[k];
    onChange(list.map((r, n) => (n !== k ? r : e.shiftKey ? [a, Math.max(a + step, Math.min(dayEnd, b + d))] : shift(a, b, d))));
  };
  const name = weekday(i, 'long');
  const spill = before.filter(([, to]) => to > dayEnd).map(([, to]) => to - dayEnd);
  const pc = (m) => `${(Math.min(m, dayEnd) / dayEnd) * 100}%`;
  return html`<div class="hday" role="group" aria-label=${name}>
    <span class="hname">${weekday(i)}</span>
    <div class="track" ref=${track} onPointerDown=${(e) => drag(e, -1, 0)}>
      ${spill.map((to) => html`<span key=${to} class="rangebar spill" style=${{ insetInlineStart: 0, width: pc(to) }} title=${t('hours.spill')}></span>`)}
      ${shown.map(([a, b], k) => html`<span key=${k} class=${`rangebar ${draft?.k === k ? 'live' : ''}`} tabindex=${readonly ? -1 : 0} role="button"
        aria-label=${t('hours.range', { day: name, from: clockOf(a), to: clockOf(b > dayEnd ? b - dayEnd : b) })} style=${{ insetInlineStart: pc(a), width: `calc(${pc(b)} - ${pc(a)})` }}
        onPointerDown=${(e) => drag(e, k, 0)} onKeyDown=${(e) => key(e, k)}>
        <i class="edge" onPointerDown=${(e) => drag(e, k, -1)}></i><span class="rl">${clockOf(a)}–${clockOf(b > dayEnd ? b - dayEnd : b)}</span>
        <i class="edge" onPointerDown=${(e) => drag(e, k, 1)}></i></span>`)}
      ${!shown.length && !spill.length && html`<span class="shut">${t('hours.closed')}</span>`}
    </div>
    <${Times} list=${list} name=${name} readonly=${readonly} onChange=${onChange} />
    ${!readonly && html`<${Menu} cls="btn ghost icon small" label=${t('hours.dayMenu', { day: name })} items=${[
      { label: t('hours.add'), icon: 'plus', do: () => onChange([...list, list.length ? [Math.min(list.at(-1)[1] + 60, 1380), Math.min(list.at(-1)[1] + 240, dayEnd)] : [540, 1080]]) },
      { label: t('hours.copyWeekdays'), do: () => onCopy([0, 1, 2, 3, 4]) },
      { label: t('hours.copyAll'), do: () => onCopy([0, 1, 2, 3, 4, 5, 6]) },
      { label: t('hours.allDay'), do: () => onChange([[0, dayEnd]]) },
      { label: t('hours.clear'), icon: 'x', do: () => onChange([]) }]}><${Icon} name="list" size=${15} /><//>`}
  </div>`;
}

const shift = (from, to, d) => {
  const by = Math.max(-from, Math.min(dayEnd - Math.min(to, dayEnd), d));
  return [from + by, to + by];
};

// Times are the ranges of a day to type.
function Times({ list, name, onChange, readonly }) {
  const edit = (k, which, value) => {
    const m = minutes(value);
    if (Number.isNaN(m)) return;
    let [a, b] = list[k];
    if (which === 0) a = m % dayEnd; else b = m === 0 ? dayEnd : m;
    if (b > dayEnd) b -= dayEnd;
    if (b <= a) b += dayEnd;
    onChange(list.map((r, n) => (n === k ? [a, b] : r)));
  };
  return html`<div class="times">${list.map(([a, b], k) => html`<span class="timepair" key=${k}>
    <${Clock} disabled=${readonly} label=${`${name} ${t('hours.from')}`} value=${clockOf(a)} onChange=${(v) => edit(k, 0, v)} />–<${Clock} disabled=${readonly} label=${`${name} ${t('hours.to')}`} value=${clockOf(b > dayEnd ? b - dayEnd : b)} onChange=${(v) => edit(k, 1, v)} /></span>`)}</div>`;
}

// Clock is a time as HH:MM, taken when it is one.
function Clock({ value, onChange, label, disabled }) {
  const take = (e) => { const m = /^(\d{1,2})[:.h]?(\d{2})?$/.exec(e.target.value.trim()); const v = m && `${pad(+m[1])}:${m[2] || '00'}`; if (v && minutes(v) <= dayEnd) onChange(v); e.target.value = v && minutes(v) <= dayEnd ? v : value; };
  return html`<input class="input" inputmode="numeric" maxlength="5" disabled=${disabled} aria-label=${label} value=${value} onChange=${take} />`;
}

function Exceptions({ list, onChange, readonly }) {
  const edit = (k, part) => onChange(list.map((x, n) => (n === k ? { ...x, ...part } : x)));
  const range = (x) => x.ranges?.[0] || { from: '09:00', to: '14:00' };
  return html`<div class="stack exceptions"><h3>${t('hours.exceptions')}</h3>
    ${!list.length && html`<p class="hint">${t('hours.noExceptions')}</p>`}
    ${list.map((x, k) => html`<div class="exception" key=${k}>
      <input class="input" type="date" disabled=${readonly} aria-label=${t('hours.date')} value=${x.date} onInput=${(e) => edit(k, { date: e.target.value })} />
      <label class="check"><input type="checkbox" disabled=${readonly} checked=${!!x.closed} onChange=${(e) => edit(k, e.target.checked ? { closed: true, ranges: undefined } : { closed: undefined, ranges: [range(x)] })} />${t('hours.closed')}</label>
      ${!x.closed && html`<span class="timepair">${['from', 'to'].map((p) => html`<${Clock} key=${p} disabled=${readonly} label=${t('hours.' + p)} value=${range(x)[p]} onChange=${(v) => edit(k, { ranges: [{ ...range(x), [p]: v }, ...(x.ranges || []).slice(1)] })} />`)}</span>`}
      <input class="input grow" disabled=${readonly} placeholder=${t('hours.note')} aria-label=${t('hours.note')} value=${x.note || ''} onInput=${(e) => edit(k, { note: e.target.value || undefined })} />
      ${!readonly && html`<button type="button" class="btn ghost icon small" aria-label=${t('remove')} onClick=${() => onChange(list.filter((_, n) => n !== k))}><${Icon} name="x" size=${15} /></button>`}
    </div>`)}
    ${!readonly && html`<div><button type="button" class="btn small" onClick=${() => onChange([...list, { date: new Date().toISOString().slice(0, 10), closed: true }])}><${Icon} name="plus" size=${15} />${t('hours.addException')}</button></div>`}
  </div>`;
}
