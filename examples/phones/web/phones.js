// Customers' phones side by side. What comes in is text somebody wrote: it is only ever set
// as textContent.
const read = (k, other) => { try { return JSON.parse(localStorage.getItem(k)) ?? other; } catch { return other; } };
const write = (k, v) => { try { localStorage.setItem(k, JSON.stringify(v)); } catch { /* private window */ } };
const people = [['Ana Souza', '5511987651234'], ['Diego Pérez', '59899123456'], ['Maria Oliveira', '5521976543210'], ['Lucía Fernández', '5491155512345'], ['John Carter', '16505551234'], ['Zoë Martin', '33612345678']];

let numbers = [];
let phones = read('usher.phones', null);
const fresh = () => {
  const taken = new Set(phones.map((p) => p.digits));
  const [name, digits] = people.find(([, d]) => !taken.has(d)) || [`Customer ${phones.length + 1}`, '5511' + String(Math.floor(9e8 * Math.random()) + 1e8)];
  return { name, digits, number: numbers[0], messages: [] };
};
const save = () => write('usher.phones', phones.map((p) => ({ ...p, messages: p.messages.slice(-100).map((m) => ({ ...m, text: m.text?.slice(0, 4000) })) })));
const asked = () => phones.map((p) => 'phone=' + encodeURIComponent(p.digits)).join('&');
const views = new Map();

const el = (tag, props = {}, ...kids) => { const e = Object.assign(document.createElement(tag), props); e.append(...kids); return e; };
const initials = (s) => s.trim().split(/\s+/).slice(0, 2).map((w) => [...w][0] || '').join('').toUpperCase() || '·';
const clock = (iso) => new Date(iso).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

async function post(path, body) {
  const res = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const data = await res.json().catch(() => ({}));
  if (!res.ok) throw new Error(data.error || res.statusText);
  return data;
}

function view(p) {
  const chat = el('div', { className: 'chat', tabIndex: 0 });
  chat.setAttribute('role', 'log'); chat.setAttribute('aria-label', `Conversation of ${p.name}`);
  const err = el('p', { className: 'err', hidden: true });
  err.setAttribute('role', 'alert');
  const av = el('span', { className: 'av', textContent: initials(p.name) });
  av.setAttribute('aria-hidden', 'true');
  const name = el('input', { className: 'nm', value: p.name, maxLength: 80, oninput: () => { p.name = name.value; av.textContent = initials(p.name); save(); } });
  name.setAttribute('aria-label', 'Name');
  const to = el('select', { onchange: () => { p.number = to.value; save(); } }, ...numbers.map((n) => el('option', { value: n, textContent: 'to ' + n, selected: n === p.number })));
  to.setAttribute('aria-label', 'Number to write to');
  const off = el('button', { type: 'button', textContent: '×', title: 'Put the phone away', onclick: () => { phones = phones.filter((x) => x !== p); views.delete(p.digits); root.remove(); save(); listen(); } });
  off.setAttribute('aria-label', 'Put the phone away');
  const input = el('input', { type: 'text', placeholder: 'Message', autocomplete: 'off' });
  input.setAttribute('aria-label', `Message from ${p.name}`);
  const pick = el('input', { type: 'file', hidden: true, onchange: () => { const f = pick.files[0]; pick.value = ''; if (f) attach(f); } });
  const clip = el('button', { type: 'button', className: 'clip', textContent: '+', title: 'Send a file', onclick: () => pick.click() });
  clip.setAttribute('aria-label', 'Send a file');
  const go = el('button', { type: 'submit', textContent: '➤' });
  go.setAttribute('aria-label', 'Send');
  const fail = (e) => { err.textContent = e.message; err.hidden = false; };
  const say = async (m) => { err.hidden = true; try { put(await post('api/say', { from: p.digits, name: p.name, number: p.number, ...m })); } catch (e) { fail(e); throw e; } };
  const attach = async (f) => {
    try {
      const res = await fetch('api/file?name=' + encodeURIComponent(f.name), { method: 'POST', headers: { 'Content-Type': f.type || 'application/octet-stream' }, body: f });
      const media = await res.json();
      if (!res.ok) throw new Error(media.error);
      await say({ kind: ['image', 'audio', 'video'].find((k) => f.type.startsWith(k + '/')) || 'document', text: input.value, media });
      input.value = '';
    } catch (e) { fail(e); }
  };
  const form = el('form', { onsubmit: async (e) => { e.preventDefault(); const text = input.value; if (!text.trim()) return; input.value = ''; try { await say({ text }); } catch { input.value = text; } } }, clip, pick, input, go);
  const root = el('section', { className: 'phone' }, el('header', {}, av, el('span', { className: 'who' }, name, numbers.length > 1 ? to : el('span', { className: 'sub', textContent: '+' + p.digits })), off), chat, el('div', {}, err, form));
  root.setAttribute('aria-label', `Phone of ${p.name}`);
  root.dataset.phone = p.digits;
  document.getElementById('phones').append(root);
  const v = { p, chat, say };
  views.set(p.digits, v);
  draw(v);
}

function bubble(v, m) {
  const b = el('div', { className: m.mine ? 'b mine' : 'b' });
  const src = m.media?.id && 'api/file/' + encodeURIComponent(m.media.id);
  if (src && m.kind === 'image') b.append(el('img', { src, alt: m.text || 'Picture', loading: 'lazy' }));
  else if (src && m.kind === 'video') b.append(el('video', { src, controls: true, preload: 'none' }));
  else if (src && m.kind === 'audio') b.append(el('audio', { src, controls: true, preload: 'none' }));
  else if (src) b.append(el('a', { href: src, download: '', textContent: m.media.filename || 'File' }));
  const text = m.text || (m.template ? `${m.template.name} ${params(m.template)}` : '');
  if (text) b.append(el('p', { textContent: text.slice(0, 4000) + (text.length > 4000 ? '…' : '') }));
  if (m.menu?.options) b.append(el('div', { className: 'opts' }, ...m.menu.options.map((o) => el('button', { type: 'button', textContent: o.title, onclick: () => v.say({ text: o.title }) }))));
  b.append(el('time', { dateTime: m.at, textContent: clock(m.at) }));
  return b;
}
const params = (tpl) => { try { return (tpl.components || []).flatMap((c) => c.parameters || []).map((x) => x.text).join(', '); } catch { return ''; } };

function draw(v) {
  const near = v.chat.scrollHeight - v.chat.scrollTop - v.chat.clientHeight < 80;
  v.chat.replaceChildren(...(v.p.messages.length ? v.p.messages.slice(-200).map((m) => bubble(v, m)) : [el('p', { className: 'hint', textContent: `Write to ${v.p.number} as ${v.p.name}.` })]));
  if (near) v.chat.scrollTop = v.chat.scrollHeight;
}

// put shows a message once, whichever way it came.
function put(m) {
  const v = views.get(m.phone);
  if (!v || v.p.messages.some((x) => x.id === m.id)) return;
  v.p.messages.push(m);
  save(); draw(v);
  v.chat.scrollTop = v.chat.scrollHeight;
  if (!m.mine) seen(m.phone);
}
const seen = (phone) => { if (!document.hidden) post('api/read', { phone }).catch(() => {}); };

let stream = null;
function listen() {
  stream?.close();
  if (!phones.length) return;
  stream = new EventSource('api/events?' + asked());
  stream.onmessage = (e) => put(JSON.parse(e.data));
  stream.onopen = catchUp;
}
async function catchUp() {
  const res = await fetch('api/phones?' + asked());
  for (const m of (await res.json()).messages) put(m);
  for (const p of phones) seen(p.digits);
}
document.addEventListener('visibilitychange', () => phones.forEach((p) => seen(p.digits)));
document.getElementById('add').onclick = () => { const p = fresh(); phones.push(p); save(); view(p); listen(); };

const first = await (await fetch('api/phones')).json();
numbers = first.numbers;
const given = new URLSearchParams(location.search).getAll('phone'); // ?phone=5511…:Ana
if (given.length) phones = given.map((g) => { const [digits, name] = g.split(':'); return { digits, name: name || digits, number: numbers[0], messages: [] }; });
if (!phones?.length) { phones = []; phones.push(fresh()); phones.push(fresh()); }
for (const p of phones) { p.digits = String(p.digits).replace(/\D/g, ''); if (!numbers.includes(p.number)) p.number = numbers[0]; p.messages ||= []; }
phones.forEach(view);
listen();
