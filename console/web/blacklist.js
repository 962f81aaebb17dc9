// The blacklist of a campaign: who is on it, what it stopped, in and out as CSV.
import { html, useState, Icon, Seg, Select, Empty, Note, Dialog, Name, Fault, toast } from './ui.js';
import { t, tn } from './i18n.js';
import { full, phone, plain, when } from './format.js';
import { api, act, can, useResource, explain } from './store.js';

export function Blacklist({ campaign, editable }) {
  const [tab, setTab] = useState('list');
  return html`<section class="card" id="s-blacklist"><header><h2>${t('settings.blacklist')}</h2>
      <${Seg} label=${t('settings.blacklist')} value=${tab} onChange=${setTab} options=${[{ value: 'list', label: t('black.list') }, { value: 'history', label: t('black.history') }]} /></header>
    ${tab === 'list' ? html`<${Entries} campaign=${campaign} editable=${editable} />` : html`<${History} campaign=${campaign} />`}</section>`;
}

function Entries({ campaign, editable }) {
  const [q, setQ] = useState('');
  const [dialog, setDialog] = useState('');
  const r = useResource(() => api.blacklist({ campaign, q, limit: 200 }), [campaign, q]);
  const list = r.data?.entries || [];
  if (!editable) return html`<div class="body"><${Note}>${t('black.foreign')}<//></div>`;
  const remove = async (x) => { if (confirm(t('black.confirm', { name: x.alias })) && await act(() => api.blacklistRemove([{ alias: x.alias, scope: x.scope, direction: x.direction }]))) r.refresh(); };
  return html`<div class="body row wrap"><input class="input" style=${{ maxWidth: '260px' }} type="search" placeholder=${t('search')} aria-label=${t('search')} value=${q} onInput=${(e) => setQ(e.target.value)} /><span class="grow muted small">${r.data ? tn('black.count', r.data.total) : ''}</span>
      <button type="button" class="btn small" onClick=${() => setDialog('add')}><${Icon} name="plus" size=${15} />${t('black.add')}</button>
      ${can('configure') && html`<button type="button" class="btn small" onClick=${() => setDialog('import')}><${Icon} name="up2" size=${15} />${t('black.import')}</button>`}<a class="btn small" href=${api.csv('blacklist', { campaign })} download><${Icon} name="save" size=${15} />CSV</a></div>
    ${r.error ? html`<div class="body"><${Note} kind="bad">${explain(r.error)}<//></div>` : !list.length ? html`<${Empty} icon="ban" title=${t('black.none')} />` : html`<div class="tablewrap scroll"><table><thead><tr><th>${t('customer')}</th><th>${t('block.direction')}</th><th class="hide-narrow">${t('block.reason')}</th><th class="hide-narrow">${t('black.by')}</th><th>${t('block.until')}</th><th><span class="sr">${t('remove')}</span></th></tr></thead>
      <tbody>${list.map((x) => html`<tr key=${x.alias + x.scope + x.direction}><td class="num"><bdi>${phone(x.alias)}</bdi>${!x.scope && html` <span class="chip">${t('black.everywhere')}</span>`}</td><td>${t('direction.' + (x.direction || 'both'))}</td><td class="hide-narrow"><${Name}>${plain(x.reason, 120)}<//></td>
        <td class="hide-narrow small muted"><${Name}>${x.author}<//><br />${when(x.created)}</td><td>${x.expires ? when(x.expires) : t('days.0')}</td><td class="n"><button type="button" class="btn ghost icon small" aria-label=${`${t('remove')}: ${x.alias}`} onClick=${() => remove(x)}><${Icon} name="x" size=${15} /></button></td></tr>`)}</tbody></table></div>`}
    ${dialog === 'add' && html`<${Add} campaign=${campaign} onClose=${() => setDialog('')} onDone=${() => { setDialog(''); r.refresh(); }} />`}
    ${dialog === 'import' && html`<${Import} onClose=${() => setDialog('')} onDone=${() => { setDialog(''); r.refresh(); }} />`}`;
}

function Add({ campaign, onClose, onDone }) {
  const [x, set] = useState({ alias: '', reason: '', direction: 'both', days: '0', all: false });
  const [fault, setFault] = useState(null);
  const put = (part) => set({ ...x, ...part });
  const wrong = (field) => fault?.detail?.faults?.find((f) => f.path.endsWith(field))?.problem;
  const go = async () => { try { await api.blacklistAdd([{ alias: x.alias.trim(), reason: x.reason, direction: x.direction, scope: x.all ? undefined : campaign, expires: +x.days ? new Date(Date.now() + x.days * 86400_000).toISOString() : undefined }]); onDone(); } catch (err) { setFault(err); } };
  return html`<${Dialog} title=${t('black.add')} onClose=${onClose} foot=${html`<button type="button" class="btn" onClick=${onClose}>${t('cancel')}</button><button type="button" class="btn primary" disabled=${!x.alias.trim()} onClick=${go}>${t('black.add')}</button>`}>
    ${fault && !wrong('alias') && !wrong('reason') && html`<${Note} kind="bad" role="alert">${explain(fault)}<//>`}
    <div class="field"><label for="balias">${t('black.alias')}</label><input class="input" id="balias" placeholder="+5511912345678" value=${x.alias} aria-invalid=${!!wrong('alias')} onInput=${(e) => put({ alias: e.target.value })} /><${Fault} text=${wrong('alias')} /></div>
    <div class="field"><label for="bwhy">${t('block.reason')}</label><textarea class="area" id="bwhy" value=${x.reason} onInput=${(e) => put({ reason: e.target.value })}></textarea><${Fault} text=${wrong('reason')} /></div>
    <div class="field"><label for="bd2">${t('block.direction')}</label><${Select} id="bd2" value=${x.direction} onChange=${(direction) => put({ direction })} options=${['both', 'incoming', 'outgoing'].map((d) => ({ value: d, label: t('direction.' + d) }))} /></div>
    <div class="field"><label for="bu2">${t('block.until')}</label><${Select} id="bu2" value=${x.days} onChange=${(days) => put({ days })} options=${['0', '1', '7', '30', '365'].map((d) => ({ value: d, label: t('days.' + d) }))} /></div>
    <label class="check"><input type="checkbox" checked=${x.all} onChange=${(e) => put({ all: e.target.checked })} />${t('block.all')}</label><//>`;
}

// Import checks a file first and says what is wrong, line by line; only a file without
// faults can be put on the list.
function Import({ onClose, onDone }) {
  const [csv, setCSV] = useState('');
  const [checked, setChecked] = useState(null);
  const [fault, setFault] = useState(null);
  const check = async (text) => { setCSV(text); setChecked(null); setFault(null); try { setChecked(await api.blacklistImport(text, true)); } catch (err) { setFault(err); } };
  const go = async () => { const done = await act(() => api.blacklistImport(csv, false)); if (done) { toast(tn('black.imported', done.added), 'good'); onDone(); } };
  return html`<${Dialog} title=${t('black.import')} onClose=${onClose} foot=${html`<button type="button" class="btn" onClick=${onClose}>${t('cancel')}</button><button type="button" class="btn primary" disabled=${!checked} onClick=${go}>${t('black.import')}</button>`}>
    <p class="muted small">${t('black.import.hint')} <span class="code">alias,scope,direction,reason,author,created,expires</span></p>
    <input type="file" accept=".csv,text/csv,text/plain" aria-label=${t('black.import')} onChange=${async (e) => e.target.files[0] && check(await e.target.files[0].text())} />
    ${checked && html`<${Note} kind="good">${tn('black.checked', checked.added)}<//>`}
    ${fault && html`<${Note} kind="bad" role="alert">${explain(fault)}<//>`}${(fault?.detail?.faults || []).slice(0, 50).map((f) => html`<${Fault} key=${f.path + f.problem} text=${`${f.path}: ${f.problem}`} />`)}<//>`;
}

function History({ campaign }) {
  const r = useResource(() => api.blacklistHistory({ campaign, limit: 200 }), [campaign], { every: 30_000 });
  const list = r.data?.attempts || [];
  return html`<div class="body row"><span class="grow muted small">${r.data ? tn('black.stopped', r.data.totals.recorded) : ''}</span><a class="btn small" href=${api.csv('blacklist-history', { campaign })} download><${Icon} name="save" size=${15} />CSV</a></div>
    ${!list.length ? html`<${Empty} icon="ban" title=${t('black.nothing')} />` : html`<div class="tablewrap scroll"><table><thead><tr><th>${t('time')}</th><th>${t('customer')}</th><th>${t('block.direction')}</th><th class="hide-narrow">${t('block.reason')}</th></tr></thead>
      <tbody>${list.map((x, i) => html`<tr key=${i}><td><time datetime=${x.time} title=${full(x.time)}>${when(x.time)}</time></td><td class="num"><bdi>${(x.aliases || []).map(phone).join(', ')}</bdi></td><td>${t('direction.' + x.direction)}${x.by ? html` · <${Name}>${x.by}<//>` : ''}</td><td class="hide-narrow"><${Name}>${plain(x.entry?.reason || x.reason, 120)}<//></td></tr>`)}</tbody></table></div>`}`;
}
