// How values are written. Times from the server are compared with the server's clock:
// now() is this browser's clock plus the difference seen in the latest answer.
import { lang } from './i18n.js';

let skew = 0;
export const setServerTime = (iso) => { const at = Date.parse(iso); if (at) skew = at - Date.now(); };
export const now = () => Date.now() + skew;
export const ms = (iso) => (iso ? Date.parse(iso) || 0 : 0);
export const since = (iso) => (iso ? Math.max(0, (now() - ms(iso)) / 1000) : 0);
export const until = (iso) => (iso ? Math.max(0, (ms(iso) - now()) / 1000) : 0);

// span writes seconds as 0:42, 12:05 or 3 h 04; it grows coarser as it grows longer.
export function span(s) {
  if (s === null || s === undefined || Number.isNaN(s)) return '–';
  s = Math.floor(s);
  const two = (n) => String(n).padStart(2, '0');
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${two(Math.floor(s / 60) % 60)}`;
  return `${Math.floor(s / 86400)} d ${Math.floor(s / 3600) % 24} h`;
}

// coarse writes a setting's seconds as people say them: 45 s, 2 min, 1 h 30 min.
export function coarse(s) {
  if (!s) return '0 s';
  const parts = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const out = [];
  for (const [n, u] of parts) { if (s >= n) { out.push(`${Math.floor(s / n)} ${u}`); s %= n; } }
  return out.slice(0, 2).join(' ');
}

const cache = new Map();
const formatter = (kind, opts) => {
  const key = lang() + JSON.stringify(opts) + kind;
  if (!cache.has(key)) cache.set(key, new Intl[kind](lang(), opts));
  return cache.get(key);
};
export const number = (n) => (n === null || n === undefined ? '–' : formatter('NumberFormat', {}).format(n));
export const percent = (x, digits = 0) => (x === null || x === undefined ? '–'
  : formatter('NumberFormat', { style: 'percent', maximumFractionDigits: digits }).format(x));
export const clock = (iso) => (ms(iso) ? formatter('DateTimeFormat', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms(iso)) : '');
export const day = (iso) => (ms(iso) ? formatter('DateTimeFormat', { weekday: 'short', day: 'numeric', month: 'short' }).format(ms(iso)) : '');
export const full = (iso) => (ms(iso) ? formatter('DateTimeFormat', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' }).format(ms(iso)) : '');
export const weekday = (i, style = 'short') => formatter('DateTimeFormat', { weekday: style, timeZone: 'UTC' }).format(Date.UTC(2024, 0, 1 + i)); // 0 = Monday

// when writes an instant as the clock today, and with its day otherwise.
export function when(iso) {
  if (!ms(iso)) return '';
  const a = new Date(ms(iso)), b = new Date(now());
  return a.toDateString() === b.toDateString() ? clock(iso) : `${day(iso)} ${clock(iso)}`;
}
export const sameDay = (a, b) => new Date(ms(a)).toDateString() === new Date(ms(b)).toDateString();

// plain makes text of one line of whatever it gets: control characters, marks that turn
// the direction and characters without width are dropped, and what is too long is cut.
const hidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]/g;
const marks = /(\p{M}{2})\p{M}+/gu; // a stack of combining marks would paint over its neighbours
export function plain(s, most = 200) {
  if (Array.isArray(s)) s = s.join('');
  if (s === null || s === undefined) return '';
  s = String(s).slice(0, most * 4).replace(hidden, ' ').replace(marks, '$1').replace(/\s+/g, ' ').trim();
  return s.length > most ? s.slice(0, most).replace(/[\ud800-\udbff]$/, '') + '…' : s;
}

// body keeps the lines of a message, and drops what would act beyond it.
const acting = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
export const body = (s) => String(s ?? '').replace(/\r\n?/g, '\n').replace(acting, '').replace(marks, '$1').replace(/\n{4,}/g, '\n\n\n');

export function initials(name) {
  const words = plain(name).replace(/[^\p{L}\p{N} ]/gu, '').split(' ').filter(Boolean);
  if (!words.length) return '·';
  if (/^\d+$/.test(words[0])) return words.join('').slice(-2);
  const first = (w) => [...w][0].toUpperCase();
  return words.length > 1 ? first(words[0]) + first(words.at(-1)) : first(words[0]);
}
export function hue(name) {
  let n = 0;
  for (const c of String(name ?? '').slice(0, 80)) n = (n * 31 + c.codePointAt(0)) >>> 0;
  return n % 6;
}

// phone spaces out a number so that people can read it; other aliases are left alone.
const three = /^(2[1-689]|35|37|38|42|50|59|67|68|69|80|85|87|88|96|97|99)/; // codes of three digits begin so
export function phone(alias) {
  const s = plain(alias).replace(/^phone:/, '');
  const m = /^\+?(\d{8,15})$/.exec(s);
  if (!m) return s;
  const d = m[1], n = /^[17]/.test(d) ? 1 : three.test(d) ? 3 : 2;
  const code = d.slice(0, n), rest = d.slice(n);
  if (code === '1' && rest.length === 10) return `+1 ${rest.slice(0, 3)} ${rest.slice(3, 6)} ${rest.slice(6)}`;
  if (code === '55' && rest.length >= 10) return `+55 ${rest.slice(0, 2)} ${rest.slice(2, -4)} ${rest.slice(-4)}`;
  const head = rest.slice(0, -4).replace(/(\d{3})(?=\d)/g, '$1 ');
  return `+${code} ${head} ${rest.slice(-4)}`;
}
export const bytes = (n) => (n < 1024 ? `${n} B` : n < 1 << 20 ? `${Math.round(n / 1024)} KB` : `${(n / (1 << 20)).toFixed(1)} MB`);
