// Which language the page speaks. The words are in texts.js.
import texts from './texts.js';

export const languages = [['en', 'English'], ['es', 'Español'], ['pt', 'Português']];
let current = 0;
const read = (key) => { try { return localStorage.getItem(key); } catch { return null; } };

export function setLang(code) {
  const i = languages.findIndex(([c]) => c === code);
  current = i < 0 ? 0 : i;
  document.documentElement.lang = languages[current][0];
  try { localStorage.setItem('usher.lang', languages[current][0]); } catch { /* private window */ }
}
export const lang = () => languages[current][0];

// t returns the text of a key; {name} stands for a value. A key that is not in the file is
// shown as it is: it may be a name the server chose, such as a reason.
export function t(key, values) {
  const entry = texts[key];
  let s = entry ? entry[current] || entry[0] : key;
  if (values) s = s.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
  return s;
}
export const has = (key) => key in texts;
// tn chooses between the forms for one and for several, written "one|several".
export function tn(key, n, values) {
  const [one, many] = t(key).split('|');
  return (n === 1 ? one : many ?? one).replace(/\{(\w+)\}/g, (all, name) => (name === 'n' ? n : values?.[name] ?? all));
}
setLang(read('usher.lang') || (navigator.language || 'en').slice(0, 2));
