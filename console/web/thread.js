// A conversation as it is read: messages, what happened between them, and where the new
// ones begin. Message bodies are hostile text: they are cleaned, isolated and cut, and
// reach the page only as text nodes.
import { html, memo, useState, useEffect, useLayoutEffect, useMemo, useRef, Guard, Icon, Name } from './ui.js';
import { t } from './i18n.js';
import { body, bytes, clock, coarse, day, full, plain, sameDay } from './format.js';
import { After, Before } from './parts.js';

const first = 3000, stepSize = 20_000, page = 200;

// Body shows a text whatever its length: a piece first, more on request, all of it as a file.
export function Body({ text }) {
  const [most, setMost] = useState(first);
  if (!text) return null;
  const cut = text.length > most;
  const save = () => {
    const a = document.createElement('a');
    a.href = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
    a.download = 'message.txt';
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 10_000);
  };
  return html`<div class="tx" dir="auto">${body(cut ? text.slice(0, most).replace(/[\ud800-\udbff]$/, '') : text)}${cut && '…'}</div>
    ${cut && html`<div class="row small"><button type="button" class="linkish" onClick=${() => setMost(most + stepSize)}>${t('msg.more')}</button>
      <button type="button" class="linkish" onClick=${save}>${t('msg.save', { size: bytes(text.length) })}</button></div>`}`;
}

const ticks = { queued: 'clock', sending: 'clock', unknown: 'alert', accepted: 'check', sent: 'check', delivered: 'check', read: 'check', played: 'check', failed: 'alert' };
function Delivery({ m }) {
  if (m.dir !== 'out' || !m.state) return null;
  const double = ['delivered', 'read', 'played'].includes(m.state);
  const label = t('delivery.' + m.state) + (m.reason ? `: ${plain(m.reason)}` : '');
  return html`<span class=${m.state === 'read' || m.state === 'played' ? 'read' : m.state === 'failed' || m.state === 'unknown' ? 'err' : ''} title=${label} role="img" aria-label=${label}>
    ${double ? html`<svg width="17" height="13" viewBox="0 0 24 18" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"><path d="m1.500 10 4 4L14 4M9.500 13l1.500 1L20 4" /></svg>`
      : html`<${Icon} name=${ticks[m.state] || 'clock'} size=${13} />`}</span>`;
}

// Media is fetched only when somebody looks: pictures when they come into sight, the rest
// on a click.
function Media({ m, src }) {
  const kind = m.kind, ref = m.media || {};
  const name = plain(ref.filename) || t('kind.' + kind);
  if (!src) return html`<div class="filebox"><${Icon} name="file" /><span class="ell">${name}</span></div>`;
  if (kind === 'image' || kind === 'sticker') return html`<a class="media" href=${src} target="_blank" rel="noopener noreferrer"><img src=${src} alt=${plain(m.text) || name} loading="lazy" referrerpolicy="no-referrer" /></a>`;
  if (kind === 'audio') return html`<audio controls preload="none" src=${src} aria-label=${name}></audio>`;
  if (kind === 'video') return html`<video class="media" controls preload="none" src=${src} aria-label=${name}></video>`;
  return html`<a class="filebox" href=${src} download=${name} rel="noopener noreferrer"><${Icon} name="file" /><span class="ell"><bdi>${name}</bdi></span><${Icon} name="save" size=${15} /></a>`;
}

const isMedia = (k) => ['image', 'sticker', 'audio', 'video', 'document'].includes(k);

// author is who wrote a message, as the thread names them; '' = the customer.
const author = (m, who) => (m.dir === 'in' ? '' : m.bot ? plain(m.bot) : m.agent ? who(m.agent) : t('by.system'));

const Message = memo(function Message({ m, lead, who, mediaURL, quote, onResend }) {
  const label = author(m, who);
  return html`<div class=${`msg ${m.dir} ${lead ? 'first' : ''} ${m.bot ? 'bot' : ''} ${m.state === 'failed' ? 'failed' : ''}`} data-key=${m.key}>
    ${lead && label && html`<div class="by"><${Name}>${label}<//></div>`}
    <${Guard} small><${Before} m=${m} quote=${quote && { m: quote, who: author(quote, who) || t('customer') }} />
      ${isMedia(m.kind) && html`<${Media} m=${m} src=${mediaURL(m)} />`}<//>
    <${Body} text=${m.text} />
    <${Guard} small><${After} m=${m} /><//>
    <div class="meta"><time datetime=${m.at} title=${full(m.at)}>${clock(m.at)}</time><${Delivery} m=${m} /></div>
    ${m.late > 0 && html`<div class="row small faint"><${Icon} name="clock" size=${13} />${t('thread.late', { time: coarse(m.late) })}</div>`}
    ${m.state === 'failed' && html`<div class="fault"><${Icon} name="alert" size=${13} /><span>${t('delivery.failed')}${m.reason ? `: ${plain(m.reason)}` : ''}</span>
      ${onResend && m.dir === 'out' && html`<button type="button" class="linkish" onClick=${() => onResend(m.key)}>${t('msg.resend')}</button>`}</div>`}
  </div>`;
}, (a, b) => a.m === b.m && a.lead === b.lead && a.quote === b.quote && a.who === b.who && a.onResend === b.onResend);

// Thread keeps to the bottom while its reader is there, says how many came while they were
// not, and draws long conversations from the end backwards, a page at a time.
//
// Its properties stay the same objects while nothing changes, so that what is drawn once is not
// drawn again at every tick and keystroke.
export const Thread = memo(function Thread({ id, items, who, mediaURL, newFrom, label, onOlder, onResend }) {
  const ref = useRef();
  const [shown, setShown] = useState(page);
  const [below, setBelow] = useState(0);
  const stick = useRef(true), hold = useRef(null), seen = useRef('');
  useEffect(() => { setShown(page); stick.current = true; setBelow(0); }, [id]);
  const list = items.length > shown ? items.slice(-shown) : items;
  const last = items.at(-1);

  // What was in view stays there when earlier lines are put before it.
  useLayoutEffect(() => {
    if (hold.current === null) return;
    ref.current.scrollTop = ref.current.scrollHeight - hold.current;
    hold.current = null;
  }, [list[0]?.key]);
  useLayoutEffect(() => {
    const el = ref.current;
    const fresh = items.length - 1 - items.findLastIndex((m) => m.key === seen.current);
    if (stick.current || last?.mine && fresh > 0) { el.scrollTop = el.scrollHeight; stick.current = true; setBelow(0); } else if (fresh > 0 && fresh < items.length) setBelow((n) => n + fresh);
    seen.current = last?.key;
  }, [last?.key, id]);

  useEffect(() => {
    const el = ref.current, watch = new ResizeObserver(() => { if (stick.current) el.scrollTop = el.scrollHeight; });
    watch.observe(el); watch.observe(el.firstChild);
    return () => watch.disconnect();
  }, []);

  const scroll = () => {
    const el = ref.current;
    stick.current = el.scrollHeight - el.scrollTop - el.clientHeight < 60;
    if (stick.current && below) setBelow(0);
    if (el.scrollTop < 300 && items.length > shown) { hold.current = el.scrollHeight - el.scrollTop; setShown(shown + page); }
    else if (el.scrollTop < 300 && onOlder) { hold.current = el.scrollHeight - el.scrollTop; setShown(shown + page); onOlder(); }
  };
  const down = () => { stick.current = true; setBelow(0); ref.current.scrollTop = ref.current.scrollHeight; };

  const rows = [], sent = useMemo(() => byProvider(items), [items]);
  list.forEach((m, i) => {
    const prev = list[i - 1];
    if (m.at && (!prev || !sameDay(prev.at, m.at))) rows.push(html`<div class="daymark" key=${'d' + m.key}>${day(m.at)}</div>`);
    if (newFrom && m.key === newFrom) rows.push(html`<div class="newline" key="new" role="separator">${t('thread.new')}</div>`);
    if (m.note) { rows.push(html`<div class="notebox" key=${m.key}><div class="by">${t('thread.note')} · <${Name}>${who(m.by)}<//> · <time datetime=${m.at}>${clock(m.at)}</time></div><${Body} text=${m.note} /></div>`); return; }
    if (m.sys) { rows.push(html`<div class="sysline" key=${m.key}><${Icon} name=${m.icon || 'info'} size=${13} /><span>${m.sys} · <time datetime=${m.at}>${clock(m.at)}</time></span></div>`); return; }
    const lead = !prev || prev.sys || prev.note || prev.dir !== m.dir || prev.agent !== m.agent || prev.bot !== m.bot || Date.parse(m.at) - Date.parse(prev.at) > 300_000;
    rows.push(html`<${Message} key=${m.key} m=${m} lead=${lead} who=${who} mediaURL=${mediaURL} quote=${m.replyTo ? sent.get(m.replyTo) : undefined} onResend=${onResend} />`);
  });
  return html`<div class="threadwrap"><div class="thread" ref=${ref} onScroll=${scroll} role="log" aria-label=${label} aria-live="polite" tabindex="0">
      <div class="lines">${items.length > shown && html`<div class="daymark">${t('thread.older', { n: items.length - shown })}</div>`}${rows}</div></div>
    ${below > 0 && html`<button type="button" class="btn primary small jump" onClick=${down}><${Icon} name="down" size=${14} />${t('thread.below', { n: below })}</button>`}</div>`;
}, (a, b) => ['id', 'items', 'who', 'mediaURL', 'newFrom', 'label', 'onOlder'].every((k) => a[k] === b[k]));

// byProvider finds messages by the provider's ids, by which replies and reactions name them.
function byProvider(items) {
  const map = new Map();
  for (const m of items) if (m.pid) map.set(m.pid, m);
  return map;
}
