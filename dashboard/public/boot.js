/* Runs before the first paint, so that colours and language never flash. A file of its own:
   the content security policy allows no inline script. */
(() => {
  const root = document.documentElement;
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const chosen = read('mantine-color-scheme-value');
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
  root.lang = read('vitrina.language') || (/^ru\b/i.test(navigator.language) ? 'ru' : 'en');
})();
