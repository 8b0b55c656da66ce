/** What Telegram's client hands over when it opens the panel, in the address after `#`. */
export type Launch = { initData: string; theme: Record<string, string> };

/** Null: it was not Telegram that opened the page. */
export function launchOf(hash: string): Launch | null {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const initData = given.get('tgWebAppData');
  if (!initData) return null;
  return { initData, theme: themeOf(given.get('tgWebAppThemeParams')) };
}

/** Colours by name, as far as they are colours. */
export function themeOf(json: unknown): Record<string, string> {
  let given = json;
  if (typeof json === 'string') {
    try {
      given = JSON.parse(json);
    } catch {
      given = null;
    }
  }
  if (typeof given !== 'object' || given === null) return {};
  return Object.fromEntries(
    Object.entries(given).filter(
      ([, colour]) => typeof colour === 'string' && /^#[0-9a-f]{6}$/i.test(colour),
    ),
  );
}

/** Whether letters on this colour have to be light; the eye's own weights of red, green and blue. */
export function isDark(colour: string): boolean {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
    Number.parseInt(colour.slice(at, at + 2), 16),
  );
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}
