import { screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bearer } from '../../api/bearer';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';

const ENTER = 'POST /api/v1/enter/telegram';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
});
afterEach(() => {
  location.hash = '';
  sessionStorage.clear();
});

test('what Telegram signed opens the panel once, and the session is sent along', async () => {
  const seen: (string | null)[] = [];
  api.on(ENTER, () => json({ token: 'vts_abc', expires_in: 604_800 }));
  location.hash = `#tgWebAppData=${encodeURIComponent('user=x&hash=ab')}`;
  const original = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    if (input instanceof Request) seen.push(input.headers.get('authorization'));
    return original(input, init);
  };
  renderApp('/app?bot=7000000001');
  await screen.findByRole('heading', { level: 1, name: 'Overview' });
  expect(api.asked(ENTER)).toHaveLength(1);
  expect(api.asked(ENTER)[0]?.body).toEqual({ bot_id: 7000000001, init_data: 'user=x&hash=ab' });
  expect(bearer()).toBe('vts_abc');
  await waitFor(() => expect(seen).toContain('Bearer vts_abc'));
});

test("a chat that is no owner's is told so", async () => {
  api.on(ENTER, () => problem(403, 'not_the_owners_chat'));
  location.hash = '#tgWebAppData=hash%3Dab';
  renderApp('/app?bot=7000000001');
  expect((await screen.findByRole('alert')).textContent).toContain('/owner');
});

test('elsewhere than in Telegram it says where to press', async () => {
  renderApp('/app');
  expect(await screen.findByText(/by the button of your bot/)).toBeTruthy();
  expect(api.asked(ENTER)).toHaveLength(0);
});
