// The shell: who is here, where they are, and whether what they see is live.
import { render } from './lib/preact.js';
import { html, useState, useEffect, Guard, Icon, Menu, Avatar, Name, Toasts } from './ui.js';
import { t, lang, setLang, languages } from './i18n.js';
import { plain } from './format.js';
import { useRoute, link } from './router.js';
import { boot, useStore, sound, people, sitDown } from './store.js';
import { Dashboard } from './dashboard.js';
import { List } from './list.js';
import { Desk } from './desk.js';
import { Settings } from './settings.js';

const screens = { dashboard: Dashboard, list: List, desk: Desk, settings: Settings };

function setTheme(theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = theme;
  try { localStorage.setItem('usher.theme', theme); } catch { /* private window */ }
}
const theme = () => document.documentElement.dataset.theme || 'system';
try { setTheme(localStorage.getItem('usher.theme') || 'system'); } catch { /* private window */ }

function App() {
  const s = useStore();
  const route = useRoute();
  const [, again] = useState(0);
  const screen = screens[route.screen] && s.me && s.me.screens.includes(route.screen === 'list' ? 'dashboard' : route.screen) ? route.screen : s.me?.screens[0];
  useEffect(() => { document.title = (s.attention ? `(${s.attention}) ` : '') + (screen ? `${t('nav.' + screen)} · ` : '') + plain(s.session?.title || 'usher', 60); });
  if (s.refused) return html`<${Refused} error=${s.refused} />`;
  if (!s.me) return html`<p class="boot">usher</p>`;
  const Screen = screens[screen];
  return html`<div class=${`shell ${s.me.demo || s.expired ? 'banner' : ''}`}>
     ${s.me.demo && !s.expired && html`<div class="band" role="note">${t('demo.band')}</div>`}
    ${s.expired && html`<div class="band bad" role="alert">${t('expired')} <button type="button" class="linkish" onClick=${() => location.reload()}>${t('expired.do')}</button></div>`}
    <${Rail} s=${s} screen=${screen} redraw=${() => again((n) => n + 1)} />
    <main class=${`main ${screen === 'desk' || (screen === 'list' && route.id) ? 'fill' : ''}`} id="main" tabindex="-1"><${Guard} at=${location.hash}><${Screen} key=${screen + lang()} route=${route} /><//></main>
    <${Toasts} /></div>`;
}

function Refused({ error }) {
  return html`<main class="nothing"><${Icon} name="ban" size=${34} /><h1>${t(error.status === 401 ? 'refused.login' : error.status === 403 ? 'refused.forbidden' : 'refused.down')}</h1>
    <p>${plain(error.message, 300)}</p><p><button type="button" class="btn" onClick=${() => location.reload()}>${t('retry')}</button></p></main>`;
}

const icons = { dashboard: 'board', desk: 'desk', settings: 'gear' };
function Rail({ s, screen, redraw }) {
  return html`<header class="rail"><a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); document.getElementById('main').focus(); }}>${t('skip')}</a><a class="brand" href=${link(s.me.screens[0])} aria-label="usher"><img src="icon.svg" width="28" height="28" alt="" /><span class="ell">${plain(s.session.title || 'usher', 40)}</span></a>
    <nav class="navs" aria-label=${t('nav')}>${s.me.screens.map((x) => html`<a key=${x} class="navlink" href=${link(x)} title=${t('nav.' + x)} aria-current=${x === (screen === 'list' ? 'dashboard' : screen) ? 'page' : undefined}>
      <${Icon} name=${icons[x]} size=${19} /><span class="t">${t('nav.' + x)}</span>${x === 'desk' && s.attention > 0 && html`<span class="badge">${s.attention}</span>`}</a>`)}</nav>
    <div class="railfoot"><${Connection} state=${s.live} />
      <${Menu} up start cls="who" items=${[
        { cap: t('me.theme') }, ...['system', 'light', 'dark'].map((x) => ({ label: t('theme.' + x), icon: x === 'dark' ? 'moon' : x === 'light' ? 'sun' : 'board', checked: theme() === x, do: () => { setTheme(x); redraw(); } })),
        { sep: true }, { cap: t('me.language') }, ...languages.map(([code, name]) => ({ label: name, checked: lang() === code, do: () => { setLang(code); redraw(); } })),
        ...(s.me.demo && people().length ? [{ sep: true }, { cap: t('me.sitDown') }, ...people().map(([id, name]) => ({ label: plain(name, 40), icon: 'user', checked: s.me.agent === id, do: () => sitDown(id) })), { label: t('me.nobody'), icon: 'board', checked: !s.me.agent, do: () => sitDown('') }] : []),
        { sep: true }, { label: t(sound.on() ? 'me.soundOff' : 'me.soundOn'), icon: sound.on() ? 'bell' : 'bellx', do: () => { sound.toggle(); redraw(); } }]}>
        <${Avatar} name=${s.me.name} /><span class="sr">${t('me.menu')} </span><span class="grow ell t"><${Name}>${s.me.name}<//><br /><span class="faint small">${t('role.' + (s.me.can.includes('supervise') ? 'supervisor' : s.me.can.includes('work') ? 'agent' : 'readonly'))}</span></span><//></div></header>`;
}

function Connection({ state }) {
  const tone = { live: 'good', polling: 'warn', connecting: 'warn' }[state] || 'bad';
  return html`<div class="conn" role="status" title=${t('live.' + state)}><span class=${`dot ${tone}`}></span><span class="t">${t('live.' + state)}</span><span class="sr">${t('live.' + state)}</span></div>`;
}

render(html`<${App} />`, document.getElementById('app'));
boot();
