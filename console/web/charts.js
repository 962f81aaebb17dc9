// Small charts in SVG. Each is a figure whose text alternative says what it shows; the
// bars can also be walked with the pointer and read as a table.
import { html, useState } from './ui.js';
import { t } from './i18n.js';

// Sparkline of numbers, null = nothing measured then.
export function Sparkline({ values, label, w = 120, h = 32, max, tone = '' }) {
  const known = values.filter((v) => v !== null && v !== undefined);
  if (known.length < 2) return html`<svg class="spark" viewBox=${`0 0 ${w} ${h}`} preserveAspectRatio="none" aria-hidden="true"><line x1="0" x2=${w} y1=${h - 2} y2=${h - 2} class="base" /></svg>`;
  const top = max || Math.max(...known) || 1;
  const x = (i) => (i / (values.length - 1)) * w;
  const y = (v) => h - 2 - (v / top) * (h - 5);
  let d = '', area = '', open = false, last = 0;
  values.forEach((v, i) => {
    if (v === null || v === undefined) { if (open) area += `L${last} ${h}Z`; open = false; return; }
    d += `${open ? 'L' : 'M'}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
    area += open ? `L${x(i).toFixed(1)} ${y(v).toFixed(1)}` : `M${x(i).toFixed(1)} ${h}L${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
    open = true; last = x(i).toFixed(1);
  });
  if (open) area += `L${last} ${h}Z`;
  return html`<svg class=${`spark ${tone}`} viewBox=${`0 0 ${w} ${h}`} preserveAspectRatio="none" role="img" aria-label=${label}>
    <path class="area" d=${area} /><path class="line" d=${d} vector-effect="non-scaling-stroke" /></svg>`;
}

// ticks chooses at most n round values up to top.
export function ticks(top, n = 4) {
  if (top <= 0) return [0, 1];
  const raw = top / n, mag = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(1, [1, 2, 5, 10].map((k) => k * mag).find((s) => s >= raw));
  const out = [];
  for (let v = 0; v < top + step; v += step) out.push(v);
  return out;
}

// Bars is a stacked bar per slot: slots [{label, title, values: [n, …]}], series
// [{name, color}], and a line over it in the same slots (0 to 1, null = none).
export function Bars({ slots, series, label, line, lineName, height = 200, format = String, lineFormat = String }) {
  const [on, setOn] = useState(-1);
  const w = 720, left = 30, right = line ? 38 : 6, bottom = 22, h = height - bottom;
  const sum = (s) => s.values.reduce((a, b) => a + b, 0);
  const scale = ticks(Math.max(1, ...slots.map(sum)));
  const top = scale.at(-1);
  const step = (w - left - right) / Math.max(1, slots.length);
  const bw = Math.max(2, Math.min(26, step * 0.62));
  const y = (v) => h - (v / top) * (h - 10);
  const every = Math.ceil(slots.length / 9);
  let path = '', pen = false;
  line && line.forEach((v, i) => {
    if (v === null || v === undefined) { pen = false; return; }
    path += `${pen ? 'L' : 'M'}${(left + step * (i + 0.5)).toFixed(1)} ${y(v * top).toFixed(1)}`; pen = true;
  });
  const s = slots[on];
  return html`<figure class="chart" aria-label=${label}>
    <svg viewBox=${`0 0 ${w} ${height}`} role="img" aria-label=${label} onMouseLeave=${() => setOn(-1)}>
      ${scale.map((v) => html`<g key=${v}><line class="grid" x1=${left} x2=${w - right} y1=${y(v)} y2=${y(v)} /><text class="tick" x=${left - 7} y=${y(v) + 4} text-anchor="end">${v}</text></g>`)}
      ${line && [0, 0.5, 1].map((v) => html`<text key=${v} class="tick" x=${w - right + 7} y=${y(v * top) + 4}>${lineFormat(v)}</text>`)}
      ${slots.map((slot, i) => {
        let at = 0;
        const x = left + step * i + (step - bw) / 2;
        const drawn = slot.values.map((v, k) => {
          if (!v) return null;
          const y1 = y(at), y0 = y(at += v);
          return html`<rect key=${k} x=${x} y=${y0} width=${bw} height=${Math.max(1, y1 - y0 - (at < sum(slot) ? 0 : 0))} rx="2" class=${series[k].color} />`;
        });
        return html`<g key=${i} class=${on >= 0 && on !== i ? 'dim' : ''} onMouseEnter=${() => setOn(i)}>
          <rect x=${left + step * i} y="0" width=${step} height=${h} fill="transparent" />${drawn}
          ${i % every === 0 && html`<text class="tick" x=${left + step * (i + 0.5)} y=${height - 5} text-anchor="middle">${slot.label}</text>`}</g>`;
      })}
      ${line && html`<path class="over" d=${path} />`}
      ${line && line.map((v, i) => v !== null && v !== undefined && html`<circle key=${i} class="overdot" r=${on === i ? 4 : 2.4} cx=${left + step * (i + 0.5)} cy=${y(v * top)} />`)}
    </svg>
    <figcaption class="legend">
      ${s && html`<strong class="num">${s.title}</strong>`}
      ${series.map((x, k) => html`<span key=${x.name}><i class=${x.color}></i>${x.name}${s && html` <b class="num">${format(s.values[k])}</b>`}</span>`)}
      ${line && html`<span><i class="lineswatch"></i>${lineName}${s && html` <b class="num">${lineFormat(line[on])}</b>`}</span>`}
    </figcaption>
    <table class="sr"><caption>${label}</caption><thead><tr><th>${t('time')}</th>${series.map((x) => html`<th key=${x.name}>${x.name}</th>`)}${line && html`<th>${lineName}</th>`}</tr></thead>
      <tbody>${slots.map((x, i) => html`<tr key=${i}><th>${x.title}</th>${x.values.map((v, k) => html`<td key=${k}>${format(v)}</td>`)}${line && html`<td>${lineFormat(line[i])}</td>`}</tr>`)}</tbody></table>
  </figure>`;
}

// Donut of parts [{name, value, color, href}]; the middle shows the total.
export function Donut({ parts, total, caption, label, size = 148 }) {
  const sum = parts.reduce((a, p) => a + p.value, 0);
  const r = 40, round = 2 * Math.PI * r, gap = parts.filter((p) => p.value > 0).length > 1 ? 1.6 : 0;
  let at = 0;
  return html`<svg class="donut" width=${size} height=${size} viewBox="0 0 100 100" role="img" aria-label=${label}>
    <circle cx="50" cy="50" r=${r} class="ringbase" />
    ${sum > 0 && parts.map((p) => {
      if (!p.value) return null;
      const len = (p.value / sum) * round, from = at;
      at += len;
      return html`<circle key=${p.name} cx="50" cy="50" r=${r} class=${`arc ${p.color}`} stroke-dasharray=${`${Math.max(0.6, len - gap)} ${round}`}
        stroke-dashoffset=${-from} transform="rotate(-90 50 50)" />`;
    })}
    <text x="50" y="49" text-anchor="middle" class="mid">${total}</text><text x="50" y="62" text-anchor="middle" class="midcap">${caption}</text></svg>`;
}

// Ring counts down: share left from 1 to 0, the seconds in its middle.
export function Ring({ share, text, size = 44, tone = '' }) {
  const r = 18, round = 2 * Math.PI * r;
  return html`<svg class=${`ring ${tone}`} width=${size} height=${size} viewBox="0 0 44 44" role="timer" aria-label=${text}>
    <circle cx="22" cy="22" r=${r} class="ringbase" /><circle cx="22" cy="22" r=${r} class="left" transform="rotate(-90 22 22)"
      stroke-dasharray=${`${Math.max(0, Math.min(1, share)) * round} ${round}`} /><text x="22" y="26.5" text-anchor="middle">${text}</text></svg>`;
}
