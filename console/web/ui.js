// The small parts that screens are made of. All text reaches the page through Preact text
// nodes: nothing here, or anywhere, writes HTML from data.
import { h, Fragment, Component } from './lib/preact.js';
import { useState, useEffect, useLayoutEffect, useRef, useId } from './lib/hooks.js';
import htm from './lib/htm.js';
import { t } from './i18n.js';
import { initials, hue, plain } from './format.js';

export const html = htm.bind(h);
export { Fragment };
export * from './lib/hooks.js';

const paths = {
  board: 'M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z',
  desk: 'M20 12a8 8 0 0 1-8 8H4l2-3.2A8 8 0 1 1 20 12z',
  gear: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5',
  phone: 'M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3zM11 18h2',
  send: 'M4 12 20 4l-5 16-3.5-6.5z',
  clip: 'm19 11-7.5 7.5a4.6 4.6 0 0 1-6.5-6.5L12.5 4.5a3 3 0 0 1 4.3 4.3L9.3 16.2a1.5 1.5 0 0 1-2.1-2.1L14 7.3',
  check: 'm4.5 12.5 5 5 10-11',
  x: 'M6 6l12 12M18 6 6 18',
  plus: 'M12 5v14M5 12h14',
  up: 'm6 15 6-6 6 6',
  down: 'm6 9 6 6 6-6',
  back: 'M15 5l-7 7 7 7',
  next: 'm9 5 7 7-7 7',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 7.6v.2',
  alert: 'M12 4 2.8 20h18.4zM12 10v4.5M12 17.3v.2',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.2l3.3 2',
  swap: 'M4 8h14l-3.5-3.5M20 16H6l3.5 3.5',
  pause: 'M9 5v14M15 5v14',
  play: 'M7 5l12 7-12 7z',
  ban: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM5.7 5.7l12.6 12.6',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  save: 'M12 4v11m0 0 4-4m-4 4-4-4M5 20h14',
  up2: 'M12 20V9m0 0 4 4m-4-4-4 4M5 4h14',
  bell: 'M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4',
  bellx: 'M6 16v-5a6 6 0 0 1 9-5.2M18 11v5l1.5 2h-13M10 21h4M4 4l16 16',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  bot: 'M5 9h14v10H5zM12 9V5M12 5h.01M9 13.5h.01M15 13.5h.01M2.5 13v3M21.5 13v3',
  flask: 'M10 3v6l-5.5 9.5A1.7 1.7 0 0 0 6 21h12a1.7 1.7 0 0 0 1.5-2.5L14 9V3M8.5 3h7M7.5 15h9',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.5 4.5',
  star: 'm12 4 2.4 5.2 5.6.7-4.1 3.9 1.1 5.6-5-2.8-5 2.8 1.1-5.6L4 9.9l5.6-.7z',
  inbox: 'M4 13 6.5 5h11L20 13v6H4zM4 13h5l1.2 2.5h3.6L15 13h5',
  sun: 'M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  moon: 'M19.5 14A8 8 0 0 1 10 4.500 8 8 0 1 0 19.500 14z',
  globe: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3.500 12h17M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18',
};

export function Icon({ name, size = 18 }) {
  return html`<svg width=${size} height=${size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${paths[name]} /></svg>`;
}

// Name shows text that somebody outside chose: isolated, so that it cannot reorder what
// stands beside it, and with the characters that hide or overlay removed.
export const Name = ({ children, fallback = '' }) => html`<bdi>${plain(children) || fallback}</bdi>`;

export function Avatar({ name, large }) {
  return html`<span class=${`avatar a${hue(name)} ${large ? 'l' : ''}`} aria-hidden="true">${initials(name)}</span>`;
}

// Tip explains a figure on hover, on focus and on tap; Escape hides it.
export function Tip({ text, children, label }) {
  const [at, setAt] = useState(null);
  const id = useId();
  const ref = useRef();
  const show = () => {
    const r = ref.current.getBoundingClientRect();
    setAt({ x: r.left, y: r.bottom + 6, top: r.top });
  };
  const hide = () => setAt(null);
  useEffect(() => {
    if (!at) return;
    const key = (e) => e.key === 'Escape' && hide();
    addEventListener('keydown', key);
    addEventListener('scroll', hide, true);
    return () => { removeEventListener('keydown', key); removeEventListener('scroll', hide, true); };
  }, [at]);
  return html`<span class="tip"><button type="button" class="tipbtn" ref=${ref} aria-label=${label} aria-describedby=${at ? id : undefined}
    onMouseEnter=${show} onMouseLeave=${hide} onFocus=${show} onBlur=${hide} onClick=${show}>${children}</button>
    ${at && html`<${TipBox} id=${id} at=${at} text=${text} />`}</span>`;
}

function TipBox({ id, at, text }) {
  const ref = useRef();
  useLayoutEffect(() => {
    const box = ref.current, r = box.getBoundingClientRect();
    box.style.left = Math.max(12, Math.min(at.x, innerWidth - r.width - 12)) + 'px';
    box.style.top = (at.y + r.height > innerHeight - 8 ? Math.max(8, at.top - r.height - 6) : at.y) + 'px';
  }, [at]);
  return html`<span class="tipbox" role="tooltip" id=${id} ref=${ref}>${text}</span>`;
}

// Dialog is modal while it is mounted. It closes by Escape, by its button and by the backdrop.
export function Dialog({ title, onClose, wide, children, foot }) {
  const ref = useRef();
  const id = useId();
  useEffect(() => {
    const d = ref.current, from = document.activeElement;
    d.showModal();
    d.querySelector('.content input, .content select, .content textarea, .content button:not(:disabled), .foot .primary')?.focus();
    return () => { d.open && d.close(); from && from.isConnected && from.focus(); };
  }, []);
  return html`<dialog class=${`modal ${wide ? 'wide' : ''}`} ref=${ref} aria-labelledby=${id}
      onCancel=${(e) => { e.preventDefault(); onClose(); }}
      onMouseDown=${(e) => e.target === ref.current && onClose()}>
    <div class="head"><h2 id=${id}>${title}</h2>
      <button type="button" class="btn ghost icon small" aria-label=${t('close')} onClick=${onClose}><${Icon} name="x" /></button></div>
    <div class="content">${children}</div>
    ${foot && html`<div class="foot">${foot}</div>`}
  </dialog>`;
}

// Menu is a button with a list of choices under it; arrows walk it, Escape closes it.
export function Menu({ label, cls = 'btn', children, items, up, start, disabled, title }) {
  const [open, setOpen] = useState(false);
  const ref = useRef();
  useEffect(() => {
    if (!open) return;
    const away = (e) => { if (!ref.current.contains(e.target)) setOpen(false); };
    addEventListener('pointerdown', away);
    const first = ref.current.querySelector('[role^="menuitem"]:not(:disabled)');
    first && first.focus();
    return () => removeEventListener('pointerdown', away);
  }, [open]);
  const key = (e) => {
    if (!open) return;
    if (e.key === 'Escape') { e.stopPropagation(); setOpen(false); ref.current.querySelector('button').focus(); }
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    const list = [...ref.current.querySelectorAll('[role^="menuitem"]:not(:disabled)')];
    list.at((list.indexOf(document.activeElement) + step) % list.length)?.focus();
  };
  const pick = (it) => { setOpen(false); ref.current.querySelector('button').focus(); it.do(); };
  return html`<span class="menu" ref=${ref} onKeyDown=${key}>
    <button type="button" class=${cls} title=${title} aria-label=${label} aria-haspopup="menu" aria-expanded=${open} disabled=${disabled} onClick=${() => setOpen(!open)}>${children}</button>
    ${open && html`<div class=${`menulist ${up ? 'up' : ''} ${start ? 'start' : ''}`} role="menu">${items.filter(Boolean).map((it) =>
      it.sep ? html`<div class="sep" role="separator"></div>`
      : it.cap ? html`<div class="cap" role="presentation">${it.cap}</div>`
      : html`<button type="button" role=${it.checked === undefined ? 'menuitem' : 'menuitemradio'} aria-checked=${it.checked} disabled=${it.disabled} onClick=${() => pick(it)}>
        ${it.icon && html`<${Icon} name=${it.icon} size=${16} />`}${it.dot && html`<span class=${`dot ${it.dot}`}></span>`}
        <span class="grow">${it.label}</span>${it.checked && html`<${Icon} name="check" size=${15} />`}</button>`)}</div>`}
  </span>`;
}

export function Seg({ label, value, options, onChange }) {
  return html`<div class="seg" role="group" aria-label=${label}>${options.map((o) => html`<button type="button" key=${o.value}
    aria-pressed=${o.value === value} onClick=${() => onChange(o.value)}>${o.label}${o.count !== undefined && html`<span class="n">${o.count}</span>`}</button>`)}</div>`;
}

export function Select({ value, options, onChange, label, id, ...rest }) {
  return html`<select class="select" id=${id} aria-label=${label} value=${value} onChange=${(e) => onChange(e.target.value)} ...${rest}>
    ${options.map((o) => html`<option key=${o.value} value=${o.value} selected=${o.value === value} disabled=${o.disabled}>${o.label}</option>`)}</select>`;
}

export const Empty = ({ icon = 'inbox', title, children }) => html`<div class="empty"><${Icon} name=${icon} size=${28} />
  <p><strong>${title}</strong></p>${children && html`<p class="small">${children}</p>`}</div>`;

export const Note = ({ kind = '', icon, children, role }) => html`<div class=${`note ${kind}`} role=${role}>
  <${Icon} name=${icon || (kind === 'good' ? 'check' : kind ? 'alert' : 'info')} size=${17} /><div class="grow">${children}</div></div>`;

export const Fault = ({ id, text }) => text ? html`<p class="fault" id=${id}><${Icon} name="alert" size=${14} /><span>${text}</span></p>` : null;

// Toasts are told to screen readers as they appear.
const toasts = { list: [], changed: () => {} };
let toastId = 0;
export function toast(text, kind = '') {
  const item = { id: ++toastId, text: plain(text, 600), kind };
  toasts.list = [...toasts.list.slice(-3), item];
  toasts.changed();
  setTimeout(() => dismiss(item.id), kind === 'bad' ? 9000 : 4500);
}
const dismiss = (id) => { toasts.list = toasts.list.filter((x) => x.id !== id); toasts.changed(); };
export function Toasts() {
  const [, tick] = useState(0);
  toasts.changed = () => tick((n) => n + 1);
  return html`<div class="toasts" role="status" aria-live="polite">${toasts.list.map((x) => html`<div key=${x.id} class=${`toast ${x.kind}`}>
    <${Icon} name=${x.kind === 'bad' ? 'alert' : x.kind === 'good' ? 'check' : 'info'} size=${16} /><span>${x.text}</span>
    <button type="button" aria-label=${t('close')} onClick=${() => dismiss(x.id)}><${Icon} name="x" size=${14} /></button></div>`)}</div>`;
}

// useTick renders again every ms while on: for countdowns, which are always computed from
// instants and never counted.
export function useTick(ms = 1000, on = true) {
  const [, set] = useState(0);
  useEffect(() => {
    if (!on) return;
    const id = setInterval(() => set((n) => n + 1), ms);
    return () => clearInterval(id);
  }, [ms, on]);
}

// memo skips a component whose properties are the same to equal.
export function memo(component, equal) {
  class Memo extends Component {
    shouldComponentUpdate(next) { return !equal(this.props, next); }
    render(props) { return h(component, props); }
  }
  return Memo;
}

// Guard shows an error in place of what cannot be drawn, and leaves the rest alone. It tries
// again when at changes, or when asked.
export class Guard extends Component {
  static getDerivedStateFromError(error) { return { error }; }
  componentDidCatch(error) { console.warn(error); }
  componentDidUpdate(before) { if (this.state.error && before.at !== this.props.at) this.setState({ error: null }); }
  render({ children, small }, { error }) {
    if (!error) return children;
    const text = t('error.draw');
    if (small) return html`<p class="fault"><${Icon} name="alert" size=${13} /><span>${text}</span></p>`;
    return html`<div class="guard"><${Note} kind="bad" icon="alert" role="alert"><strong>${text}</strong> <span class="small">${plain(error.message, 200)}</span>
      <button type="button" class="linkish" onClick=${() => this.setState({ error: null })}>${t('retry')}</button><//></div>`;
  }
}
