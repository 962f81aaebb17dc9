// The parts of a message that are more than its text: what a customer chose, sent, filled in or
// ordered, and what a bot offered, as the customer sees them. What comes in a provider's own
// form may have any shape: whatever is missing is left out.
import { html, Icon, Name } from './ui.js';
import { t, lang } from './i18n.js';
import { body, phone, plain } from './format.js';

const list = (x) => (Array.isArray(x) ? x.filter((y) => y && typeof y === 'object') : []);

// gist is a message in one line: for lists, quotes and notices.
export function gist(m, most = 90) {
  if (m.text) return plain(m.text, most);
  if (m.reaction) return m.reaction.emoji ? plain(m.reaction.emoji, 20) : t('msg.reaction.removed');
  if (m.contacts) return cards(m.contacts).map((c) => c.name).join(', ') || t('kind.contacts');
  if (m.location) return plain(m.location.name || m.location.address, most) || t('kind.location');
  if (m.media?.filename) return plain(m.media.filename, most);
  return t('kind.' + (m.answer?.source === 'form' ? 'form' : m.kind || 'text'));
}

// cards are the shared contacts: a name, and lines such as "mobile +55 11 98765 4321".
export function cards(contacts) {
  return list(contacts).slice(0, 50).map((c) => {
    const name = plain(c.name?.formatted_name) || [c.name?.first_name, c.name?.last_name].map((x) => plain(x)).filter(Boolean).join(' ');
    const lines = [
      ...list(c.phones).map((p) => [p.type, phone(p.phone || (p.wa_id ? '+' + p.wa_id : ''))]), ...list(c.emails).map((x) => [x.type, plain(x.email)]),
      ...list(c.urls).map((x) => [x.type, plain(x.url)]), ...list(c.addresses).map((x) => [x.type, ['street', 'zip', 'city', 'state', 'country'].map((k) => plain(x[k])).filter(Boolean).join(', ')]),
      ['', [c.org?.company, c.org?.department, c.org?.title].map((x) => plain(x)).filter(Boolean).join(', ')]].filter(([, v]) => v);
    return name ? { name, lines } : { name: lines[0]?.[1] || t('kind.contacts'), lines: lines.slice(1) };
  });
}

function Cards({ contacts }) {
  return html`${cards(contacts).map((c, i) => html`<div class="filebox card2" key=${i}><${Icon} name="user" /><div class="grow"><strong><${Name}>${c.name}<//></strong>
    ${c.lines.map(([kind, v], k) => html`<div class="small" key=${k}>${kind && html`<span class="faint">${plain(kind, 20).toLowerCase()} </span>`}<span class="num"><bdi>${v}</bdi></span></div>`)}</div></div>`)}`;
}

// fields are the answers of a form; what belongs to the provider is left out.
function fields(data) {
  if (typeof data === 'string') { try { data = JSON.parse(data); } catch { return [['', data]]; } }
  if (!data || typeof data !== 'object') return data === undefined || data === null ? [] : [['', String(data)]];
  const show = (v) => (Array.isArray(v) ? v.map(show).join(', ') : v && typeof v === 'object' ? JSON.stringify(v) : String(v ?? ''));
  return Object.entries(data).filter(([k]) => k !== 'flow_token').slice(0, 100).map(([k, v]) => [plain(k, 60).replace(/_/g, ' '), show(v)]);
}

function Answer({ answer }) {
  const form = fields(answer.data);
  return html`<div class="row small faint"><${Icon} name="check" size=${13} />${t(answer.source === 'form' ? 'kind.form' : 'kind.answer')}</div>
    ${form.length > 0 && html`<dl class="kv formdata">${form.map(([k, v], i) => html`<dt key=${'k' + i}><bdi>${k}</bdi></dt><dd key=${'v' + i}><bdi>${plain(v, 500)}</bdi></dd>`)}</dl>`}`;
}

function Order({ order }) {
  const items = list(order.items);
  const money = (v, currency) => { try { return new Intl.NumberFormat(lang(), { style: 'currency', currency }).format(v); } catch { return `${v} ${plain(currency, 8)}`; } };
  const sums = new Map();
  for (const x of items) sums.set(x.currency, (sums.get(x.currency) || 0) + (x.quantity || 0) * (x.price || 0));
  return html`<div class="row small faint"><${Icon} name="list" size=${13} />${t('kind.order')}</div>
    <table class="orderlines"><tbody>${items.slice(0, 100).map((x, i) => html`<tr key=${i}><td class="n">${x.quantity} ×</td><td><bdi>${plain(x.product, 80)}</bdi></td><td class="n">${money(x.price || 0, x.currency)}</td></tr>`)}</tbody>
      <tfoot>${[...sums].map(([currency, v]) => html`<tr key=${currency}><td></td><td>${t('order.total')}</td><td class="n"><strong>${money(v, currency)}</strong></td></tr>`)}</tfoot></table>`;
}

// Before is what stands above the text of a message.
export function Before({ m, quote }) {
  return html`${m.forwarded && html`<div class="row small faint"><${Icon} name="swap" size=${13} />${t('msg.forwarded')}</div>`}
    ${m.replyTo && html`<${Quote} line=${quote} />`}
    ${m.menu?.header && html`<div class="menuhead" dir="auto">${plain(m.menu.header, 200)}</div>`}
    <${Kind} m=${m} />`;
}

function Kind({ m }) {
  switch (m.kind) {
    case 'location': return html`<div class="filebox"><${Icon} name="globe" /><span><${Name}>${m.location?.name || m.location?.address || t('kind.location')}<//><br /><span class="faint small num">${m.location?.latitude}, ${m.location?.longitude}</span></span></div>`;
    case 'template': return html`<div class="row small faint"><${Icon} name="file" size=${13} />${t('kind.template')} <span class="code">${plain(m.template?.name)}</span></div>`;
    case 'contacts': return html`<${Cards} contacts=${m.contacts} />`;
    case 'answer': return html`<${Answer} answer=${m.answer || {}} />`;
    case 'order': return m.order ? html`<${Order} order=${m.order} />` : html`<${Label} kind="order" />`;
    case 'reaction': return html`<div class=${m.reaction?.emoji ? 'emoji' : 'small faint'}>${m.reaction?.emoji ? plain(m.reaction.emoji, 20) : t('msg.reaction.removed')}</div>`;
    case 'edit': case 'revoke': return html`<${Label} kind=${m.kind} />`;
    case 'text': case 'interactive': case undefined: case '': return null;
    default: return m.text || m.media ? null : html`<${Label} kind=${m.kind} />`;
  }
}

const Label = ({ kind }) => html`<div class="row small faint"><${Icon} name="info" size=${13} />${t('kind.' + kind)}</div>`;

// Quote is the message that another one answers, changes or reacts to.
function Quote({ line }) {
  return html`<blockquote class="quote">${line ? html`<div class="small"><strong><${Name}>${line.who}<//></strong></div><div class="small ell"><bdi>${gist(line.m)}</bdi></div>` : html`<span class="small faint">${t('msg.quote.earlier')}</span>`}</blockquote>`;
}

// After is what stands below the text: the second line of a chosen row, or the choices that the
// customer has.
export function After({ m }) {
  if (m.answer?.description) return html`<div class="small faint" dir="auto">${plain(m.answer.description, 200)}</div>`;
  if (!m.menu) return null;
  const options = list(m.menu.options);
  let section = '';
  return html`${m.menu.footer && html`<div class="small faint" dir="auto">${plain(m.menu.footer, 200)}</div>`}
    ${m.menu.button && html`<div class="row small menubutton"><${Icon} name="list" size=${14} /><strong><${Name}>${m.menu.button}<//></strong></div>`}
    <ul class=${`choices ${m.menu.button ? 'rows' : ''}`} aria-label=${t('kind.interactive')}>${options.map((o, i) => {
      const head = o.section && o.section !== section ? html`<li class="small faint" key=${'s' + i}><bdi>${plain(o.section, 60)}</bdi></li>` : null;
      section = o.section || section;
      return html`${head}<li class="choice" key=${i}><bdi>${plain(o.title, 100)}</bdi>${o.description && html`<span class="small faint"><bdi>${body(o.description)}</bdi></span>`}</li>`;
    })}</ul>`;
}
