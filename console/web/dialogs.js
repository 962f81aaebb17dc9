// What an agent decides in a dialog: to whom to hand a conversation, how it ended, whom to
// keep out, whom to write to.
import { html, useState, Icon, Dialog, Select, Seg, Note, Name, Avatar, Empty } from './ui.js';
import { t } from './i18n.js';
import { phone, plain } from './format.js';
import { api, useResource, useStore, explain, newKey } from './store.js';
import { fill } from './composer.js';
import { reason } from './why.js';
import { doing } from './dashboard.js';

export function TransferTo({ x, onClose }) {
  const targets = useResource(() => api.targets(x.id), [x.id], { every: 5000 });
  const [kind, setKind] = useState('agents');
  const [to, setTo] = useState('');
  const [why, setWhy] = useState('');
  const [fault, setFault] = useState('');
  const d = targets.data;
  const list = d ? (kind === 'agents' ? [...d.agents].sort((a, b) => !!a.obstacle - !!b.obstacle) : d.campaigns.filter((c) => c.id !== x.campaign || true)) : [];
  const go = async () => {
    try { await api.command(x.id, 'transfer', { [kind === 'agents' ? 'agent' : 'campaign']: to, reason: why || undefined, version: undefined }); onClose(); } catch (err) { setFault(explain(err)); targets.refresh(); }
  };
  return html`<${Dialog} title=${t('transfer')} onClose=${onClose} foot=${html`<button type="button" class="btn" onClick=${onClose}>${t('cancel')}</button><button type="button" class="btn primary" disabled=${!to} onClick=${go}>${t('transfer.do')}</button>`}>
    <${Seg} label=${t('transfer.to')} value=${kind} onChange=${(k) => { setKind(k); setTo(''); }} options=${[{ value: 'agents', label: t('transfer.agent') }, { value: 'campaigns', label: t('transfer.campaign') }]} />
    ${fault && html`<${Note} kind="bad" role="alert">${fault}<//>`}
    <div class="convlist targets" role="radiogroup" aria-label=${t('transfer.to')}>${list.map((a) => {
      const off = kind === 'agents' ? a.obstacle : !a.enabled ? 'disabled' : !a.open ? 'closed' : '';
      return html`<button type="button" key=${a.id} class="conv" role="radio" aria-checked=${to === a.id} aria-current=${to === a.id ? 'true' : undefined} disabled=${!!off} onClick=${() => setTo(a.id)} data-target=${a.id}>
        <${Avatar} name=${a.name || a.id} /><span class="nm ell"><${Name}>${a.name || a.id}<//></span><span class="tm">${kind === 'agents' ? `${a.load}/${a.limit}` : ''}</span>
        <span class="pv ell">${kind === 'agents' ? doing(a)[1] : t('campaign.waiting', { n: a.waiting })}</span><span class="fl">${off && html`<span class="chip warn">${reason(off)}</span>`}${to === a.id && html`<${Icon} name="check" size=${16} />`}</span></button>`;
    })}${d && !list.length && html`<${Empty} icon="user" title=${t('transfer.nobody')} />`}</div>
    <div class="field"><label for="why">${t('transfer.reason')}</label><input class="input" id="why" maxlength="200" value=${why} onInput=${(e) => setWhy(e.target.value)} /></div><//>`;
}

export function Finish({ x, dispositions, onClose, onDone }) {
  const [how, setHow] = useState('');
  const [noBot, setNoBot] = useState(false);
  const [fault, setFault] = useState('');
  const go = async () => { try { await api.command(x.id, 'finish', { disposition: how || undefined, noBot: noBot || undefined }); onDone(); } catch (err) { setFault(explain(err)); } };
  return html`<${Dialog} title=${t('finish.title')} onClose=${onClose} foot=${html`<button type="button" class="btn" onClick=${onClose}>${t('cancel')}</button><button type="button" class="btn primary" disabled=${dispositions.length > 0 && !how} onClick=${go}>${t('finish')}</button>`}>
    ${fault && html`<${Note} kind="bad" role="alert">${fault}<//>`}
    ${dispositions.length ? html`<div class="stack tight" role="radiogroup" aria-label=${t('finish.how')}>${dispositions.map((d) => html`<label class="check" key=${d}><input type="radio" name="how" checked=${how === d} onChange=${() => setHow(d)} />${plain(d, 80)}</label>`)}</div>`
      : html`<div class="field"><label for="how">${t('finish.how')}</label><input class="input" id="how" maxlength="200" value=${how} onInput=${(e) => setHow(e.target.value)} /></div>`}
    <label class="check small"><input type="checkbox" checked=${noBot} onChange=${(e) => setNoBot(e.target.checked)} />${t('finish.noBot')}</label><//>`;
}

export function Block({ x, onClose }) {
  const [body, set] = useState({ reason: '', direction: 'both', days: '0', all: false });
  const [fault, setFault] = useState('');
  const put = (part) => set({ ...body, ...part });
  const go = async () => {
    const expires = +body.days ? new Date(Date.now() + body.days * 86400_000).toISOString() : undefined;
    try { await api.command(x.id, 'blacklist', { reason: body.reason, all: body.all || undefined, direction: body.direction, expires }); onClose(); } catch (err) { setFault(explain(err)); }
  };
  return html`<${Dialog} title=${t('block.title')} onClose=${onClose} foot=${html`<button type="button" class="btn" onClick=${onClose}>${t('cancel')}</button><button type="button" class="btn danger solid" disabled=${!body.reason.trim()} onClick=${go}>${t('block.do')}</button>`}>
    <p class="muted"><bdi>${plain(x.name)} ${phone(x.address)}</bdi> — ${t('block.hint')}</p>${fault && html`<${Note} kind="bad" role="alert">${fault}<//>`}
    <div class="field"><label for="breason">${t('block.reason')}</label><textarea class="area" id="breason" maxlength="500" onInput=${(e) => put({ reason: e.target.value })}>${body.reason}</textarea></div>
    <div class="field"><label for="bdir">${t('block.direction')}</label><${Select} id="bdir" value=${body.direction} onChange=${(direction) => put({ direction })} options=${['both', 'incoming', 'outgoing'].map((d) => ({ value: d, label: t('direction.' + d) }))} /></div>
    <div class="field"><label for="bdays">${t('block.until')}</label><${Select} id="bdays" value=${body.days} onChange=${(days) => put({ days })} options=${['0', '1', '7', '30', '365'].map((d) => ({ value: d, label: t('days.' + d) }))} /></div>
    <label class="check"><input type="checkbox" checked=${body.all} onChange=${(e) => put({ all: e.target.checked })} />${t('block.all')}</label><//>`;
}

export function Start({ campaigns, onClose, onStarted }) {
  const s = useStore();
  const [body, set] = useState({ campaign: campaigns[0]?.id || '', number: '', to: '', name: '' });
  const [m, setM] = useState({ template: 0, params: [] });
  const [fault, setFault] = useState('');
  const [key] = useState(newKey);
  const put = (part) => set({ ...body, ...part });
  const camp = campaigns.find((c) => c.id === body.campaign);
  const templates = s.session.templates.filter((x) => !x.campaigns?.length || x.campaigns.includes(body.campaign));
  const tpl = templates[m.template];
  const params = Array.from({ length: tpl?.params || 0 }, (_, i) => m.params[i] || '');
  const go = async () => {
    const message = tpl ? { kind: 'template', template: { name: tpl.name, language: tpl.language, params: params.length ? params : undefined } } : undefined;
    try { const done = await api.start({ campaign: body.campaign, number: body.number || undefined, to: body.to.trim(), name: body.name.trim() || undefined, message }, key + JSON.stringify([body, m]).length); onStarted(done.interaction); } catch (err) {
      if (err.code === 'open' && err.detail.interaction) { setFault(t('error.open')); return; }
      setFault(explain(err));
    }
  };
  return html`<${Dialog} title=${t('start')} onClose=${onClose} foot=${html`<button type="button" class="btn" onClick=${onClose}>${t('cancel')}</button><button type="button" class="btn primary" disabled=${!body.to.trim() || !params.every((p) => p.trim())} onClick=${go}>${t('start.do')}</button>`}>
    ${fault && html`<${Note} kind="bad" role="alert">${fault}<//>`}
    <div class="field"><label for="sto">${t('start.to')}</label><input class="input" id="sto" inputmode="tel" placeholder="+5511912345678" value=${body.to} onInput=${(e) => put({ to: e.target.value })} /></div>
    <div class="field"><label for="sname">${t('start.name')}</label><input class="input" id="sname" maxlength="120" value=${body.name} onInput=${(e) => put({ name: e.target.value })} /></div>
    <div class="field"><label for="scamp">${t('campaign')}</label><${Select} id="scamp" value=${body.campaign} onChange=${(campaign) => put({ campaign, number: '' })} options=${campaigns.map((c) => ({ value: c.id, label: plain(c.name || c.id) }))} /></div>
    ${camp?.numbers?.length > 1 && html`<div class="field"><label for="snum">${t('start.number')}</label><${Select} id="snum" value=${body.number} onChange=${(number) => put({ number })} options=${[{ value: '', label: camp.numbers[0] }, ...camp.numbers.slice(1).map((n) => ({ value: n, label: n }))]} /></div>`}
    ${templates.length ? html`<div class="field"><label for="stpl">${t('template')}</label><${Select} id="stpl" value=${String(m.template)} onChange=${(v) => setM({ template: +v, params: [] })} options=${templates.map((x, i) => ({ value: String(i), label: plain(x.name) }))} /></div>
      ${params.map((p, i) => html`<div class="field" key=${i}><label for=${'sp' + i}>${t('template.param', { n: i + 1 })}</label><input class="input" id=${'sp' + i} value=${p} onInput=${(e) => { const list = [...m.params]; list[i] = e.target.value; setM({ ...m, params: list }); }} /></div>`)}
      <div class="msg out" style=${{ maxWidth: '100%', justifySelf: 'end' }}><div class="tx" dir="auto">${fill(tpl?.text, params) || tpl?.name}</div></div>` : html`<${Note}>${t('start.noTemplates')}<//>`}<//>`;
}
