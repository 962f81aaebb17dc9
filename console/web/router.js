// Where the page is: #/screen/part?filters. Everything that can be linked to is in the
// hash, so that the page lives under any prefix and the server need not know its screens.
import { useState, useEffect } from './lib/hooks.js';

export function parse(hash) {
  const [path, query] = hash.replace(/^#\/?/, '').split('?');
  const parts = path.split('/').map((p) => { try { return decodeURIComponent(p); } catch { return p; } });
  return { screen: parts[0] || '', id: parts.slice(1).join('/'), query: Object.fromEntries(new URLSearchParams(query || '')) };
}
export const route = () => parse(location.hash);

// link writes the address of a screen; empty filters are left out.
export function link(screen, id, query = {}) {
  const q = new URLSearchParams(Object.entries(query).filter(([, v]) => v !== '' && v !== undefined && v !== null));
  return `#/${screen}${id ? '/' + encodeURIComponent(id) : ''}${q.size ? '?' + q : ''}`;
}

let guard = null; // asks before leaving what is not saved
export const setGuard = (f) => { guard = f; };
export function go(href, replace) {
  if (replace) { history.replaceState(null, '', href); dispatchEvent(new HashChangeEvent('hashchange')); } else location.hash = href;
}

export function useRoute() {
  const [r, set] = useState(route);
  useEffect(() => {
    let here = location.hash;
    const change = () => {
      if (location.hash === here && !guard) { set(route()); return; }
      if (guard && route().screen !== parse(here).screen && !guard()) { history.replaceState(null, '', here); return; }
      here = location.hash;
      set(route());
    };
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  return r;
}

// setQuery changes filters in place.
export function setQuery(part) {
  const r = route();
  go(link(r.screen, r.id, { ...r.query, ...part }), true);
}
