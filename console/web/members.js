// Who works in a campaign: position, tier, penalty, limit, skills and permissions.
import { html, useState, Icon, Fault, Select, Avatar, Name, Empty } from './ui.js';
import { t } from './i18n.js';
import { Skills } from './fields.js';

export function Members({ value = [], onChange, agents, readonly, faults = {} }) {
  const [moved, setMoved] = useState(-1);
  const edit = (k, part) => onChange(value.map((m, n) => (n === k ? slim({ ...m, ...part }) : m)));
  const move = (k, by) => {
    const to = k + by;
    if (to < 0 || to >= value.length) return;
    const list = [...value];
    [list[k], list[to]] = [list[to], list[k]];
    setMoved(to);
    onChange(list);
  };
  const free = agents.filter((a) => !value.some((m) => m.agent === a.id));
  return html`<div class="members">
    ${!value.length && html`<${Empty} icon="user" title=${t('members.none')} />`}
    <ol>${value.map((m, k) => html`<${Member} key=${m.agent} m=${m} k=${k} last=${k === value.length - 1} agent=${agents.find((a) => a.id === m.agent)} focus=${moved === k}
      readonly=${readonly} onEdit=${(p) => edit(k, p)} onMove=${(by) => move(k, by)} onRemove=${() => onChange(value.filter((_, n) => n !== k))}
      faults=${Object.entries(faults).filter(([p]) => p.startsWith(`[${k}]`)).map(([p, s]) => `${p.replace(/^\[\d+\]\.?/, '')} ${s}`)} />`)}</ol>
    ${!readonly && free.length > 0 && html`<div class="row addmember"><${Select} label=${t('members.add')} value="" onChange=${(id) => id && onChange([...value, { agent: id }])}
      options=${[{ value: '', label: t('members.add') + '…' }, ...free.map((a) => ({ value: a.id, label: a.name || a.id }))]} /></div>`}
  </div>`;
}

const slim = (m) => Object.fromEntries(Object.entries(m).filter(([k, v]) => k === 'agent' || (Array.isArray(v) ? v.length : v)));

function Member({ m, k, last, agent, onEdit, onMove, onRemove, readonly, faults }) {
  const name = agent?.name || m.agent;
  const num = (field, max) => html`<label class="mini"><span>${t('member.' + field)}</span><input class="input tiny num" type="number" min="0" max=${max} disabled=${readonly}
    aria-label=${`${name}: ${t('member.' + field)}`} title=${t('member.' + field + '.hint')} placeholder=${field === 'limit' ? agent?.limit ?? '' : '0'}
    value=${field === 'limit' && !m.limit ? '' : m[field] || 0} onInput=${(e) => onEdit({ [field]: Math.trunc(+e.target.value) })} /></label>`;
  return html`<li class="member">
    <div class="pos">${!readonly && html`<button type="button" class="btn ghost icon small" disabled=${k === 0} aria-label=${`${name}: ${t('moveUp')}`} onClick=${() => onMove(-1)}><${Icon} name="up" size=${14} /></button>`}
      <span class="num" aria-label=${t('member.position')}>${k + 1}</span>
      ${!readonly && html`<button type="button" class="btn ghost icon small" disabled=${last} aria-label=${`${name}: ${t('moveDown')}`} onClick=${() => onMove(1)}><${Icon} name="down" size=${14} /></button>`}</div>
    <div class="person"><${Avatar} name=${name} /><div class="ell"><div class="ell"><${Name}>${name}<//></div><div class="faint small ell"><${Name}>${m.agent}<//></div></div></div>
    <div class="nums">${num('tier')}${num('penalty', 100)}${num('limit')}</div>
    <div class="perms"><label class="check small"><input type="checkbox" disabled=${readonly} checked=${!m.noReceive} onChange=${(e) => onEdit({ noReceive: !e.target.checked })} />${t('member.receive')}</label>
      <label class="check small"><input type="checkbox" disabled=${readonly} checked=${!m.noInitiate} onChange=${(e) => onEdit({ noInitiate: !e.target.checked })} />${t('member.initiate')}</label></div>
    <div class="mskills"><${Skills} value=${m.skills || []} label=${name} readonly=${readonly} onChange=${(skills) => onEdit({ skills })} /></div>
    ${!readonly && html`<button type="button" class="btn ghost icon small rm" aria-label=${`${t('remove')}: ${name}`} onClick=${onRemove}><${Icon} name="x" size=${15} /></button>`}
    ${faults.length > 0 && html`<div class="mfaults">${faults.map((f) => html`<${Fault} key=${f} text=${f} />`)}</div>`}
  </li>`;
}
