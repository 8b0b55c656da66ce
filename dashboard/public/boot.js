/* Runs before the first paint, so that colours and language never flash. A file of its own:
   the content security policy allows no inline script. */
(() => {
  const root = document.documentElement;
  const readFrom = (storage) => (key) => {
    try {
      return window[storage].getItem(key);
    } catch {
      return null;
    }
  };
  const read = readFrom('localStorage');
  const readSession = readFrom('sessionStorage');
  const chosen = read('mantine-color-scheme-value');
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
  root.lang = read('vitrina.language') || (/^ru\b/i.test(navigator.language) ? 'ru' : 'en');

  const element = (name, className, text) => {
    const made = document.createElement(name);
    made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  // Nobody may wait for what will not come: what broke before the code drew anything is told.
  const told = {
    ru: 'Панель не загрузилась. Проверьте сеть и обновите страницу. Если не поможет, обновите браузер.',
    en: 'The panel did not load. Check the network and reload the page. If that does not help, update the browser.',
  };
  const failed = () => {
    const block = element('div', 'first-words');
    block.setAttribute('role', 'alert');
    for (const [lang, words] of Object.entries(told))
      block.append(Object.assign(element('p', '', words), { lang }));
    const button = element('button', '', 'Обновить · Reload');
    button.addEventListener('click', () => location.reload());
    block.append(button);
    return block;
  };
  const onError = ({ target }) => {
    // Errors of pictures and styles change nothing.
    if (target === window || target instanceof HTMLScriptElement)
      document.querySelector('first-paint')?.replaceChildren(failed());
  };
  // Only on its way down is an element's error heard here.
  addEventListener('error', onError, true);

  // Code, styles, texts and the first answers are asked for now, side by side: the code that wants
  // them finds them on their way.
  const meta = document.querySelector('meta[name="vitrina-first"]');
  const { pathname, search } = location;
  if (!meta || pathname === '/enter' || pathname === '/app') return;
  const first = JSON.parse(meta.content);
  const hint = (place) => {
    const file = first.files[place];
    if (!file) return;
    const link = document.createElement('link');
    const isStyle = file.endsWith('.css');
    link.rel = isStyle ? 'preload' : 'modulepreload';
    if (isStyle) {
      link.as = 'style';
      // As the code asks for it; another way would fetch it twice.
      link.crossOrigin = '';
    }
    link.href = `/assets/${file}`;
    document.head.append(link);
  };
  const language = root.lang === 'ru' ? 'ru' : 'en';
  const screen = first.screens[pathname];
  hint(first.texts[language]);
  if (screen) {
    [screen.texts[language], ...screen.now].forEach(hint);
    // Once the code runs the line is free for what the screen shows after its figures.
    document.addEventListener('DOMContentLoaded', () => screen.later.forEach(hint));
  }

  // The frame and the screen's name stand there until the code draws the whole: index.html has the
  // element and its styles.
  const frame = () => {
    const header = element('header', 'first-header', 'Vitrina');
    const main = element('main', 'first-main');
    const blocks = element('div', pathname === '/' ? 'first-cards' : 'first-block');
    blocks.setAttribute('role', 'status');
    blocks.setAttribute('aria-label', language === 'ru' ? 'Загрузка' : 'Loading');
    for (let left = pathname === '/' ? 6 : 1; left > 0; left -= 1) blocks.append(element('i', ''));
    if (screen) main.append(element('h1', '', screen.title[language]));
    main.append(blocks);
    return [header, main];
  };
  class FirstPaint extends HTMLElement {
    connectedCallback() {
      this.append(...frame());
    }
  }
  customElements.define('first-paint', FirstPaint);

  const asked = ['/api/v1/me', '/api/v1/currencies', '/api/v1/shops', '/api/v1/attention'];
  const given = new URLSearchParams(search);
  const period = given.get('period') || 'today';
  const shops = given.get('shops') || '';
  const isUsual = ['today', '7d', '30d'].includes(period) && !given.has('compare');
  if (pathname === '/' && isUsual && /^[\d,]*$/.test(shops))
    asked.push(`/api/v1/overview?${shops ? `shops=${shops}&` : ''}period=${period}`);
  // Within Telegram's web client cookies do not arrive (src/api/bearer.ts).
  const bearer = readSession('vitrina.bearer');
  const headers = { accept: 'application/json' };
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  const request = (path) => {
    const answer = fetch(path, { credentials: 'same-origin', headers });
    // Nobody may ever ask for it; whoever does is told.
    answer.catch(() => undefined);
    return [path, answer];
  };
  window.vitrinaFirst = new Map(asked.map(request));
  // What is not wanted within the first seconds is too old to be taken for an answer.
  setTimeout(() => window.vitrinaFirst.clear(), 10000);
})();
