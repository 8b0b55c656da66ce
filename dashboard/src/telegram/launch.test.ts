import { afterEach, expect, test, vi } from 'vitest';
import { hear, post } from './bridge';
import { isDark, launchOf, themeOf } from './launch';

afterEach(() => {
  vi.restoreAllMocks();
  delete window.TelegramWebviewProxy;
});

test('what Telegram hands over is read from the address', () => {
  const data = 'user=%7B%22id%22%3A555%7D&hash=ab';
  const theme = JSON.stringify({ bg_color: '#17212b', text_color: 'url(x)' });
  const hash = `#tgWebAppData=${encodeURIComponent(data)}&tgWebAppThemeParams=${encodeURIComponent(theme)}`;
  expect(launchOf(hash)).toEqual({ initData: data, theme: { bg_color: '#17212b' } });
  expect(launchOf('#vtr_abc')).toBeNull();
  expect(launchOf('')).toBeNull();
});

test.each([['{'], [null], [7], ['[]']])('%j is no theme', (given) => {
  expect(themeOf(given)).toEqual({});
});

test('dark and light are told apart', () => {
  expect(isDark('#17212b')).toBe(true);
  expect(isDark('#ffffff')).toBe(false);
});

test('the app is spoken to by what it put into the page', () => {
  const postEvent = vi.fn();
  window.TelegramWebviewProxy = { postEvent };
  post('web_app_ready');
  expect(postEvent).toHaveBeenCalledWith('web_app_ready', '{}');
});

test('only the web client that frames the page is heard', () => {
  const heard = vi.fn();
  const end = hear('back_button_pressed', heard);
  const data = JSON.stringify({ eventType: 'back_button_pressed', eventData: {} });
  const tell = (origin: string) =>
    window.dispatchEvent(new MessageEvent('message', { origin, data, source: window.parent }));
  tell('https://evil.example');
  expect(heard).not.toHaveBeenCalled();
  tell('https://web.telegram.org');
  expect(heard).toHaveBeenCalledTimes(1);
  end();
  tell('https://web.telegram.org');
  expect(heard).toHaveBeenCalledTimes(1);
});
