// Why an interaction waits: what it waits for, and what stands between it and every member.
import { html, Note, Name } from './ui.js';
import { t, tn, has } from './i18n.js';
import { plain } from './format.js';
import { api, useResource } from './store.js';

export function Why({ id, agents }) {
  const r = useResource(() => api.explain(id), [id], { every: 5000, on: ['agent', 'interaction'] });
  if (r.error) return html`<div class="why">${r.error.code === 'not_waiting' ? t('why.over') : html`<${Note} kind="bad">${plain(r.error.message)}<//>`}</div>`;
  if (!r.data) return html`<div class="why"><div class="skel"></div></div>`;
  const x = r.data;
  const name = (of) => agents?.find((a) => a.id === of)?.name || of;
  const able = (x.candidates || []).filter((c) => !c.reason).length;
  return html`<div class="why"><p><strong>${t('why.waitsFor', { what: reason(x.waiting || '', name) })}</strong> <span class="muted">${t('why.strategy', { name: x.strategy })} · ${tn('why.members', (x.candidates || []).length)}</span></p>
    ${able === 0 && html`<p class="muted">${t('why.nobody')}</p>`}
    <ul>${(x.candidates || []).map((c) => html`<li key=${c.agent}><i class=${`dot ${c.reason ? 'offline' : 'good'}`}></i><span class="ell"><${Name}>${name(c.agent)}<//></span>
      <span class=${`chip ${c.reason ? '' : 'good'}`}>${c.reason ? reason(c.reason, name) : t('why.eligible')}</span></li>`)}</ul></div>`;
}

// reason translates what the engine says; what carries a name keeps it.
export function reason(text, names = (id) => id) {
  if (has('reason.' + text)) return t('reason.' + text);
  for (const p of ['lacks skill ', 'the answer of agent ', 'waits for agent ', 'agent ']) {
    if (text.startsWith(p) && has('reason.' + p.trim())) { const of = text.slice(p.length); return t('reason.' + p.trim(), { name: plain(p.endsWith('agent ') ? names(of) : of, 60) }); }
  }
  return plain(text, 120);
}
