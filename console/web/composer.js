// Where the agent writes: text and files while the window is open, templates when it is
// not. A reply to a conversation that has gone on is held back until what is new was seen.
import { html, useState, useEffect, useRef, useTick, Icon, Note, Dialog, Select, toast } from './ui.js';
import { t, tn } from './i18n.js';
import { plain, span, until, bytes, clock, now } from './format.js';
import { api, useStore, explain, newKey } from './store.js';
import { line } from './conversation.js';
import { Body } from './thread.js';
import { gist } from './parts.js';

const drafts = new Map();
const keep = (id, text) => { drafts.set(id, text); try { text ? sessionStorage.setItem('usher.draft ' + id, text) : sessionStorage.removeItem('usher.draft ' + id); } catch { /* private window */ } };
const kept = (id) => { if (drafts.has(id)) return drafts.get(id); try { return sessionStorage.getItem('usher.draft ' + id) || ''; } catch { return ''; } };

// useSeenVersion is the version that the agent has had before their eyes for a moment: a
// message that comes in as they press Enter is not one they have read.
function useSeenVersion(version, mine) {
  const seen = useRef({ version: 0, at: 0, first: true });
  const b = seen.current;
  useEffect(() => {
    if (!version) return;
    if (b.first || mine) { b.version = version; b.first = false; return; }
    const look = () => { if (!document.hidden) b.version = Math.max(b.version, version); };
    const id = setTimeout(look, 700);
    return () => clearTimeout(id);
  }, [version, mine]);
  return { get: () => b.version || version || 0, set: (v) => { b.version = Math.max(b.version, v || 0); } };
}

export function Composer({ x, stale, refresh, setSending, items }) {
  const s = useStore();
  const [text, setText] = useState(() => kept(x.id));
  const [file, setFile] = useState(null);
  const [dialog, setDialog] = useState('');
  const [news, setNews] = useState(null); // {items, version, message}
  const box = useRef(), pick = useRef(), chain = useRef(Promise.resolve());
  const lastMine = items.at(-1)?.agent === s.me.agent;
  const seen = useSeenVersion(x.version, lastMine);
  useTick(1000);
  const left = x.windowUntil ? until(x.windowUntil) : null;
  const closed = left === 0;
  const may = x.may?.includes('send');
  useEffect(() => { if (may && innerWidth > 720) box.current?.focus({ preventScroll: true }); }, [x.id, may]);
  const write = (v) => { setText(v); keep(x.id, v); };

  // put sends one message after the other, each with its key; what the line refused stays in
  // the thread and can be sent again.
  const put = (message, shown, version) => {
    const key = newKey();
    const local = { key: 'local-' + key, at: new Date(now()).toISOString(), dir: 'out', agent: s.me.agent, mine: true, kind: message.kind, text: shown, media: message.media, state: 'queued' };
    setSending((list) => [...list, local]);
    const drop = () => setSending((list) => list.filter((m) => m.key !== local.key));
    chain.current = chain.current.then(async () => {
      try {
        const done = await api.command(x.id, 'send', { version: version || seen.get(), message }, key);
        seen.set(done.interaction.version);
        await refresh(true);
        setTimeout(drop, 400);
      } catch (err) {
        drop();
        if (err.code === 'outdated') { setNews({ items: err.detail.news || [], version: err.detail.version, message, shown }); refresh(); return; }
        if (message.kind === 'text' && !kept(x.id)) write(message.text);
        toast(explain(err), 'bad');
        refresh();
      }
    });
  };
  const submit = () => {
    const body = text.trim();
    if (stale || !may || closed || (!body && !file)) return;
    const most = file ? s.session.maxCaption : s.session.maxText;
    if ([...body].length > most) { toast(t('composer.tooLong', { n: most }), 'bad'); return; }
    if (file) put({ kind: file.kind, text: body || undefined, media: file.media }, body); else put({ kind: 'text', text: body }, body);
    setFile(null); write('');
    box.current?.focus();
  };
  const choose = async (f) => {
    if (!f) return;
    if (s.session.maxUpload && f.size > s.session.maxUpload) { toast(t('composer.tooBig', { n: bytes(s.session.maxUpload) }), 'bad'); return; }
    setFile({ name: f.name, size: f.size, busy: true });
    try { const up = await api.upload(x.id, f); setFile({ name: f.name, size: f.size, kind: up.kind, media: { filename: f.name, ...up.media } }); } catch (err) { setFile(null); toast(explain(err), 'bad'); }
  };
  const templates = s.session.templates.filter((m) => !m.campaigns?.length || m.campaigns.includes(x.campaign));

  if (!may) return html`<${ReadOnly} x=${x} />`;
  return html`<div class="composer">
    ${news && html`<${News} news=${news} names=${s.names} me=${s.me.agent} onKeep=${() => { if (!kept(x.id)) write(news.message.text || ''); seen.set(news.version); setNews(null); }}
      onSend=${() => { put(news.message, news.shown, news.version); setNews(null); }} />`}
    ${closed && html`<${Note} kind="warn" icon="clock"><strong>${t('window.closed')}</strong> ${t('window.closed.hint')}<//>`}
    ${file && html`<div class="filebox" style=${{ background: 'var(--sunken)', margin: 0 }}><${Icon} name="file" /><span class="grow ell"><bdi>${plain(file.name, 80)}</bdi> <span class="faint">${bytes(file.size)}</span></span>${file.busy ? html`<span class="small muted">${t('composer.uploading')}</span>` : html`<button type="button" class="btn ghost icon small" aria-label=${t('remove')} onClick=${() => setFile(null)}><${Icon} name="x" size=${14} /></button>`}</div>`}
    <form class="box" onSubmit=${(e) => { e.preventDefault(); submit(); }}>
      ${s.session.features.upload && html`<button type="button" class="btn ghost icon" disabled=${closed} title=${t('composer.attach')} aria-label=${t('composer.attach')} onClick=${() => pick.current.click()}><${Icon} name="clip" /></button>
        <input type="file" hidden ref=${pick} onChange=${(e) => { choose(e.target.files[0]); e.target.value = ''; }} />`}
      ${templates.length > 0 && html`<button type="button" class=${`btn icon ${closed ? 'primary' : 'ghost'}`} title=${t('composer.template')} aria-label=${t('composer.template')} onClick=${() => setDialog('template')}><${Icon} name="list" /></button>`}
      <textarea ref=${box} rows="1" dir="auto" aria-label=${t('composer.label')} placeholder=${closed ? t('composer.closed') : t('composer.placeholder')} disabled=${closed} value=${text}
        onInput=${(e) => write(e.target.value)} onKeyDown=${(e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); submit(); } }}></textarea>
      <button type="submit" class="btn primary icon" aria-label=${t('send')} title=${t('send')} disabled=${stale || closed || (!text.trim() && !file?.media)}><${Icon} name="send" /></button></form>
    <div class="under"><span class="hide-narrow">${t('composer.keys')}</span><span class="grow"></span>${left !== null && left > 0 && html`<span class=${left < 7200 ? 'warn' : ''} title=${t('window.hint')}>${t('window.left', { t: span(left) })}</span>`}</div>
    ${dialog === 'template' && html`<${Template} list=${templates} onClose=${() => setDialog('')} onSend=${(use, shown) => { setDialog(''); put({ kind: 'template', template: use }, shown); }} />`}
  </div>`;
}

function ReadOnly({ x }) {
  const s = useStore();
  const why = x.owner === 'nobody' ? 'read.ended' : x.offered === s.me.agent ? 'read.offered' : x.owner === 'queue' ? 'read.queue' : x.owner === 'bot' ? 'read.bot' : x.transfer ? 'read.transfer' : x.parked && x.agent === s.me.agent ? 'read.parked' : 'read.other';
  return html`<div class="composer"><div class="under">${t(why, { name: plain(s.names(x.agent)) })}</div></div>`;
}

function News({ news, names, me, onKeep, onSend }) {
  const lines = news.items.map((i) => line(i, names, me)).filter(Boolean);
  return html`<div class="note warn" role="alertdialog" aria-label=${t('news.title')}><${Icon} name="alert" size=${17} /><div class="grow stack" style=${{ gap: '8px' }}>
    <strong>${tn('news.title', Math.max(1, lines.length))}</strong>
    ${lines.map((m) => html`<div key=${m.key} class="small">${m.sys ? m.sys : html`<span class="faint num">${clock(m.at)}</span> <${Body} text=${m.note || m.text || gist(m)} />`}</div>`)}
    <div class="small muted">${t('news.yours')} <bdi>“${plain(news.shown, 140)}”</bdi></div>
    <div class="row wrap"><button type="button" class="btn small primary" onClick=${onSend}>${t('news.send')}</button><button type="button" class="btn small" onClick=${onKeep}>${t('news.edit')}</button></div></div></div>`;
}

// fill puts parameters into a template's text, for the preview.
export const fill = (text, params) => (text || '').replace(/\{\{(\d+)\}\}/g, (all, n) => params[n - 1] || all);

export function Template({ list, onClose, onSend }) {
  const [n, setN] = useState(0);
  const [params, setParams] = useState([]);
  const m = list[n];
  const ready = Array.from({ length: m.params || 0 }, (_, i) => (params[i] || '').trim()).every(Boolean);
  const send = () => onSend({ name: m.name, language: m.language, params: m.params ? Array.from({ length: m.params }, (_, i) => params[i].trim()) : undefined }, fill(m.text, params) || m.name);
  return html`<${Dialog} title=${t('composer.template')} onClose=${onClose} foot=${html`<button type="button" class="btn" onClick=${onClose}>${t('cancel')}</button><button type="button" class="btn primary" disabled=${!ready} onClick=${send}>${t('send')}</button>`}>
    <div class="field"><label for="tpl">${t('template')}</label><${Select} id="tpl" value=${String(n)} onChange=${(v) => { setN(+v); setParams([]); }} options=${list.map((x, i) => ({ value: String(i), label: `${plain(x.name)} · ${plain(x.language)}` }))} /></div>
    ${Array.from({ length: m.params || 0 }, (_, i) => html`<div class="field" key=${i}><label for=${'p' + i}>${t('template.param', { n: i + 1 })}</label><input class="input" id=${'p' + i} value=${params[i] || ''} onInput=${(e) => { const p = [...params]; p[i] = e.target.value; setParams(p); }} /></div>`)}
    <div class="msg out" style=${{ maxWidth: '100%', justifySelf: 'end' }}><div class="tx" dir="auto">${fill(m.text, params) || m.name}</div></div>
  <//>`;
}
