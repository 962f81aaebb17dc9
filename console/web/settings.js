// The settings of a campaign: the fourteen of the guide, what is beyond them, members, the
// blacklist. Nothing is saved before its consequences were shown.
import { html, useState, useEffect, Icon, Select, Note, Dialog, Fault, Empty, toast } from './ui.js';
import { t, tn, has } from './i18n.js';
import { coarse, plain } from './format.js';
import { api, can, useResource, useStore, explain } from './store.js';
import { link, go, setGuard } from './router.js';
import { form, get, put, Row, Control, Skills, Rings, Steps } from './fields.js';
import { Week } from './hours.js';
import { Members } from './members.js';
import { Blacklist } from './blacklist.js';
import { WhatIf } from './whatif.js';

export function Settings({ route }) {
  const camps = useResource(() => api.campaigns(), []);
  const list = camps.data?.campaigns || [];
  const id = list.some((c) => c.id === route.id) ? route.id : list[0]?.id;
  if (!camps.data) return html`<div class="page"><h1>${t('nav.settings')}</h1>${camps.error ? html`<${Note} kind="bad">${plain(camps.error.message)}<//>` : html`<div class="skel" style=${{ height: '320px' }}></div>`}</div>`;
  if (!id) return html`<div class="page"><h1>${t('nav.settings')}</h1><${Empty} title=${t('list.none')} /></div>`;
  return html`<${Campaign} key=${id} id=${id} list=${list} />`;
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function Campaign({ id, list }) {
  const s = useStore();
  const [base, setBase] = useState(null);
  const [draft, setDraft] = useState(null);
  const [faults, setFaults] = useState({});
  const [dialog, setDialog] = useState(null);
  const [error, setError] = useState(null);
  const readonly = !can('configure');
  const read = () => api.settings(id).then((x) => { setBase(x); setDraft(x.campaign); setFaults({}); }, setError);
  useEffect(() => { read(); }, [id]);
  const dirty = base && !same(base.campaign, draft);
  useEffect(() => {
    setGuard(dirty ? () => confirm(t('settings.leave')) : null);
    const stop = (e) => { if (dirty) e.preventDefault(); };
    addEventListener('beforeunload', stop);
    return () => { setGuard(null); removeEventListener('beforeunload', stop); };
  }, [dirty]);
  // What is wrong is looked up as one types, a little behind.
  useEffect(() => {
    if (!dirty) { setFaults({}); return; }
    const timer = setTimeout(() => api.checkSettings(id, { campaign: draft, version: base.version }).then((p) => setFaults(byPath(p.faults)), (err) => { if (err.detail?.faults) setFaults(byPath(err.detail.faults)); }), 450);
    return () => clearTimeout(timer);
  }, [draft]);
  if (error) return html`<div class="page"><${Note} kind="bad">${plain(error.message)}<//></div>`;
  if (!base) return html`<div class="page"><h1>${t('nav.settings')}</h1><div class="skel" style=${{ height: '320px' }}></div></div>`;
  const w = draft.whatsapp || {}, page = form(base.fields);
  const set = (path, value) => setDraft(put(draft, path, value));
  const count = Object.keys(faults).length;
  const review = async () => {
    try { const p = await api.checkSettings(id, { campaign: draft, version: base.version }); setFaults(byPath(p.faults)); if (p.faults.length) { toast(tn('settings.faults', p.faults.length), 'bad'); document.querySelector('.fault')?.scrollIntoView({ block: 'center' }); } else setDialog({ preview: p }); } catch (err) { if (err.detail?.faults) setFaults(byPath(err.detail.faults)); toast(explain(err), 'bad'); }
  };
  return html`<div class="page">
    <div class="pagehead"><h1>${t('nav.settings')}</h1>
      <div style=${{ minWidth: '190px' }}><${Select} label=${t('campaign')} value=${id} onChange=${(x) => { if (!dirty || confirm(t('settings.leave'))) { setGuard(null); go(link('settings', x)); } }} options=${list.map((c) => ({ value: c.id, label: plain(c.name || c.id) }))} /></div>
      ${s.session.features.whatIf && html`<a class="btn" href="#whatif" onClick=${(e) => { e.preventDefault(); document.getElementById('whatif').open = true; document.getElementById('whatif').scrollIntoView({ behavior: 'smooth' }); }}><${Icon} name="flask" size=${16} />${t('whatif.short')}</a>`}</div>
    ${readonly && html`<${Note}>${t('settings.readonly')}<//>`}
    <div class="settings"><${Toc} whatIf=${s.session.features.whatIf} />
      <div class="stack" style=${{ gap: '18px' }}>
        <section class="card" id="s-whatsapp"><header><h2>WhatsApp</h2></header><div style=${{ paddingTop: '8px' }}>
          ${page.main.map((f) => html`<${Setting} key=${f.path} f=${f} w=${w} base=${base} faults=${faults} readonly=${readonly} set=${set} agents=${base.agents} />`)}</div></section>
        <h2 id="s-more" style=${{ paddingTop: '8px' }}>${t('settings.more')}</h2>
        <section class="card"><div>
          ${[['name', 'text1'], ['zone', 'text1']].map(([p]) => html`<${Row} key=${p} id=${'f-' + p} name=${'set.' + p} explain=${t('set.' + p + '.hint')} fault=${faults[p]} changed=${(base.campaign[p] || '') !== (draft[p] || '')}><input class="input" style=${{ maxWidth: '420px' }} id=${'f-' + p} disabled=${readonly} value=${draft[p] || ''} placeholder=${p === 'zone' ? 'UTC' : id} onInput=${(e) => set(p, e.target.value)} /><//>`)}
          <${Row} id="f-disabled" name="set.disabled" explain=${t('set.disabled.hint')} fault=${faults.disabled} changed=${!!base.campaign.disabled !== !!draft.disabled}><${Control} id="f-disabled" f=${{ kind: 'switch' }} value=${draft.disabled} readonly=${readonly} onChange=${(v) => set('disabled', v)} /><//></div></section>
        ${page.more.map(([group, fields]) => html`<${Group} key=${group} group=${group} fields=${fields} w=${w} base=${base} faults=${faults} readonly=${readonly} set=${set} />`)}
        <${Overflow} w=${w} base=${base} faults=${faults} readonly=${readonly} set=${set} />
        <section class="card" id="s-members"><header><h2>${t('settings.members')}</h2><span class="chip num">${(draft.members || []).length}</span></header><div style=${{ paddingTop: '8px' }}>
          <${Members} value=${draft.members} agents=${base.agents} readonly=${readonly} faults=${under(faults, 'members')} onChange=${(m) => set('members', m)} /></div></section>
        ${s.session.features.whatIf && html`<${WhatIf} campaign=${draft} dirty=${dirty} faults=${count} />`}
        <${Blacklist} campaign=${id} editable=${s.session.features.blacklist} />
        ${dirty && html`<div class="savebar" role="region" aria-label=${t('settings.unsaved')}><span class="grow"><strong>${t('settings.unsaved')}</strong>${count > 0 && html` <span class="chip bad">${tn('settings.faults', count)}</span>`}</span>
          <button type="button" class="btn" onClick=${() => { setDraft(base.campaign); setFaults({}); }}>${t('settings.discard')}</button><button type="button" class="btn primary" onClick=${review}>${t('settings.review')}</button></div>`}
      </div></div>
    ${dialog?.preview && html`<${Preview} id=${id} p=${dialog.preview} draft=${draft} version=${base.version} onClose=${() => setDialog(null)} onFaults=${(f) => { setFaults(byPath(f)); setDialog(null); }}
      onSaved=${(x) => { setBase(x); setDraft(x.campaign); setDialog(null); toast(t('settings.saved'), 'good'); }} onStale=${() => { setDialog(null); read(); }} />`}
  </div>`;
}

// byPath keeps the first fault of each path, counted from the campaign.
function byPath(list = []) {
  const out = {};
  for (const f of list) { const p = f.path.replace(/^campaigns?(\[\d+\])?\.?/, ''); out[p] ??= f.problem; }
  return out;
}
// under are the faults beneath a path, with the rest of theirs.
export const under = (faults, path) => Object.fromEntries(Object.entries(faults).filter(([p]) => p.startsWith(path) && p !== path).map(([p, v]) => [p.slice(path.length).replace(/^\./, ''), v]));
const faultOf = (faults, path) => faults[path] || Object.entries(faults).find(([p]) => p.startsWith(path + '[') || p.startsWith(path + '.'))?.[1];

function Setting({ f, w, base, faults, readonly, set }) {
  const path = 'whatsapp.' + f.path, id = 'f-' + f.path;
  const value = get(w, f.path), was = get(base.campaign.whatsapp || {}, f.path);
  const conn = base.choices.connectors.find((c) => c.name === w.connector);
  const options = { connectors: base.choices.connectors, strategies: base.choices.strategies, bots: base.choices.bots, numbers: conn?.numbers || [], taken: conn?.taken || {}, campaign: base.campaign.id };
  const common = { name: 'set.' + f.path, explain: t('set.' + f.path + '.hint'), changed: !same(value ?? null, was ?? null), id };
  if (f.kind === 'hours') return html`<${OutOfHours} common=${common} value=${value || {}} faults=${under(faults, path)} readonly=${readonly} set=${(part, v) => set(path + '.' + part, v)} />`;
  if (f.kind === 'skills') return html`<${Row} ...${common} fault=${faultOf(faults, path)}><${Skills} spans value=${value} readonly=${readonly} onChange=${(v) => set(path, v)} /><//>`;
  if (f.kind === 'rings') return html`<${Row} ...${common} tall fault=${faultOf(faults, path)}><${Rings} value=${value} readonly=${readonly} onChange=${(v) => set(path, v)} /><//>`;
  return html`<${Row} ...${common} fault=${faultOf(faults, path)}><${Control} f=${f} id=${id} value=${value} fault=${faultOf(faults, path)} options=${options} readonly=${readonly} onChange=${(v) => set(path, v)} /><//>`;
}

function OutOfHours({ common, value, faults, readonly, set }) {
  const hours = value.hours;
  return html`<${Row} ...${common} tall fault=${faults['']}>
    <div class="row wrap" role="group" aria-label=${t(common.name)} id=${common.id}><label class="check"><input type="radio" name="always" disabled=${readonly} checked=${!hours} onChange=${() => set('hours', undefined)} />${t('hours.always')}</label>
      <label class="check"><input type="radio" name="always" disabled=${readonly} checked=${!!hours} onChange=${() => set('hours', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone, week: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '18:00' }] })} />${t('hours.week')}</label></div>
    ${hours && html`<${Week} schedule=${hours} readonly=${readonly} faults=${under(faults, 'hours')} onChange=${(x) => set('hours', x)} />
      <div class="field"><label for="f-oohm">${t('set.outOfHours.message')}</label><textarea class="area" rows="2" id="f-oohm" disabled=${readonly} value=${value.message || ''} onInput=${(e) => set('message', e.target.value)}></textarea><${Fault} text=${faults.message} /></div>
      <div class="field"><label for="f-oohc">${t('set.outOfHours.atClosing')}</label><${Select} id="f-oohc" disabled=${readonly} value=${value.atClosing || ''} onChange=${(v) => set('atClosing', v)} options=${['', 'hold', 'close'].map((v) => ({ value: v, label: t('closing.' + (v || 'drain')) }))} /><${Fault} text=${faults.atClosing} /></div>`}<//>`;
}

function Group({ group, fields, w, base, faults, readonly, set }) {
  const wrong = fields.some((f) => faultOf(faults, 'whatsapp.' + f.path));
  const changed = fields.filter((f) => !same(get(w, f.path) ?? null, get(base.campaign.whatsapp || {}, f.path) ?? null)).length;
  return html`<details class="card" open=${wrong || undefined}><summary><${Icon} name="next" size=${15} /><span class="grow">${t('group.' + group)}</span>${wrong && html`<span class="chip bad">!</span>`}${changed > 0 && html`<span class="chip accent">${tn('settings.changed', changed)}</span>`}</summary>
    <div>${fields.map((f) => html`<${Setting} key=${f.path} f=${f} w=${w} base=${base} faults=${faults} readonly=${readonly} set=${set} />`)}</div></details>`;
}

function Overflow({ w, base, faults, readonly, set }) {
  const wrong = faultOf(faults, 'whatsapp.overflow');
  return html`<details class="card" open=${wrong ? true : undefined}><summary><${Icon} name="next" size=${15} /><span class="grow">${t('group.overflow')}</span>${wrong && html`<span class="chip bad">!</span>`}${(w.overflow || []).length > 0 && html`<span class="chip num">${w.overflow.length}</span>`}</summary>
    <div><${Row} tall id="f-overflow" name="group.overflow" explain=${t('set.overflow.hint')} changed=${!same(w.overflow || [], base.campaign.whatsapp?.overflow || [])}>
      <${Steps} value=${w.overflow} readonly=${readonly} campaigns=${base.choices.campaigns.map((c) => c.id).filter((c) => c !== base.campaign.id)} bots=${base.choices.bots} faults=${under(faults, 'whatsapp.overflow')} onChange=${(v) => set('whatsapp.overflow', v)} /><//></div></details>`;
}

function Toc({ whatIf }) {
  const jump = (id) => (e) => { e.preventDefault(); document.getElementById(id)?.scrollIntoView({ behavior: 'smooth' }); };
  return html`<nav class="toc" aria-label=${t('settings.toc')}>${[['s-whatsapp', 'WhatsApp'], ['s-more', t('settings.more')], ['s-members', t('settings.members')], whatIf && ['whatif', t('whatif.short')], ['s-blacklist', t('settings.blacklist')]].filter(Boolean)
    .map(([id, text]) => html`<a key=${id} href=${'#' + id} onClick=${jump(id)}>${text}</a>`)}</nav>`;
}

// words names a setting by its path, and value writes what it is.
function words(path) {
  const p = path.replace(/^whatsapp\./, '');
  if (has('set.' + p)) return t('set.' + p);
  const [head] = p.split(/[.[]/);
  return `${has('set.' + head) ? t('set.' + head) : has('settings.' + head) ? t('settings.' + head) : has('group.' + head) ? t('group.' + head) : head} · ${p.slice(head.length).replace(/^\./, '')}`;
}
function write(path, v) {
  if (v === null || v === undefined || v === '') return t('settings.nothing');
  if (v === true) return t('on');
  if (v === false) return t('off');
  if (typeof v === 'number') return /(time|level$|silence|wait|ageing|reopen|delay|memory|warn|end$|nudge|return|first|every|abandon|timeout|wrapUp)/i.test(path) && !/priority\.level|skills/.test(path) ? coarse(v) : String(v);
  return plain(typeof v === 'string' ? v : JSON.stringify(v), 160);
}

function Preview({ id, p, draft, version, onClose, onSaved, onFaults, onStale }) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState(null);
  const save = async () => {
    setBusy(true);
    try { onSaved(await api.saveSettings(id, { campaign: draft, version })); } catch (err) { if (err.detail?.faults) onFaults(err.detail.faults); setFault(err); setBusy(false); }
  };
  return html`<${Dialog} title=${t('preview.title')} onClose=${onClose} foot=${html`<button type="button" class="btn" onClick=${onClose}>${t('cancel')}</button><button type="button" class="btn primary" disabled=${busy || fault?.code === 'settings_changed'} onClick=${save}>${t('settings.save')}</button>`}>
    ${fault && html`<${Note} kind="bad" role="alert">${explain(fault)} ${fault.code === 'settings_changed' && html`<button type="button" class="linkish" onClick=${onStale}>${t('settings.reread')}</button>`}<//>`}
    <p class="muted">${t('preview.now', { waiting: p.waiting, active: p.active })}</p>
    ${p.effects.map((e) => html`<${Note} key=${e.kind} kind=${['keeps_active', 'late', 'over_max'].includes(e.kind) ? '' : 'warn'}>${has('effect.' + e.kind) ? tn('effect.' + e.kind, e.count) : plain(e.text, 300)}<//>`)}
    ${!p.effects.length && html`<${Note} kind="good">${t('preview.harmless')}<//>`}
    ${(p.warnings || []).length > 0 && html`<${Note} kind="warn"><strong>${t('preview.warnings')}</strong><ul>${p.warnings.map((w) => html`<li key=${w.path + w.problem}>${words(w.path)}: ${plain(w.problem, 200)}</li>`)}</ul><//>`}
    <ul class="diff">${p.changes.map((c) => html`<li key=${c.path}><strong>${words(c.path)}</strong><span><del>${write(c.path, c.from)}</del> → <ins>${write(c.path, c.to)}</ins></span></li>`)}</ul><//>`;
}
