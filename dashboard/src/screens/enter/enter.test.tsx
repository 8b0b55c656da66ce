import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { bearer, keepBearer } from '../../api/bearer';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { keepToken, tokenKept } from '../connect/kept';

let api: FakeApi;
beforeEach(async () => {
  api = new FakeApi();
  await initLanguage('en');
});

test('a link opens a session on a press only, and leaves the address bar', async () => {
  api.on('POST /api/v1/enter', () => new Response(null, { status: 204 }));
  const { address } = renderApp('/enter#vtr_secret');
  const button = await screen.findByRole('button', { name: 'Open the panel' });
  expect(api.requests).toEqual([]);
  const seen = new Set<string | null>();
  const watch = new MutationObserver(() =>
    seen.add(document.querySelector('h1')?.textContent ?? null),
  );
  watch.observe(document.body, { childList: true, subtree: true, characterData: true });
  await userEvent.click(button);
  await screen.findByRole('heading', { name: 'Overview' });
  watch.disconnect();
  // Nobody who is let in is told for a moment that there is no key.
  expect([...seen].filter((title) => title?.includes('no key'))).toEqual([]);
  expect(api.asked('POST /api/v1/enter').map(({ body }) => body)).toEqual([
    { token: 'vtr_secret' },
  ]);
  expect(address()).toBe('/');
});

test('a link that does not work says so, says what to do, and leaves the address bar', async () => {
  api.on('POST /api/v1/enter', () => problem(401, 'link_invalid'));
  const { address } = renderApp('/enter#vtr_old');
  await userEvent.click(await screen.findByRole('button', { name: 'Open the panel' }));
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('This link does not work');
  expect(alert.textContent).toContain(
    'Ask your bot or the person who runs the server for a new link.',
  );
  await waitFor(() => expect(address()).toBe('/enter'));
  expect(screen.queryByRole('button', { name: 'Open the panel' })).toBeNull();
});

test('a failing network keeps the link, so that the press can be repeated', async () => {
  let down = true;
  api.on('POST /api/v1/enter', () => {
    if (down) throw new TypeError('network down');
    return new Response(null, { status: 204 });
  });
  const { address } = renderApp('/enter#vtr_secret');
  const button = await screen.findByRole('button', { name: 'Open the panel' });
  await userEvent.click(button);
  expect((await screen.findByRole('alert')).textContent).toContain('No connection');
  expect(address()).toBe('/enter#vtr_secret');
  down = false;
  await userEvent.click(button);
  await screen.findByRole('heading', { name: 'Overview' });
});

test('an address without a key says where to get one', async () => {
  renderApp('/enter');
  expect((await screen.findByRole('alert')).textContent).toContain('no key in it');
});

test('any screen without a session asks for the link, and shows no data', async () => {
  api.on('GET /api/v1/me', () => problem(401, 'session_missing'));
  renderApp('/shops');
  await screen.findByRole('heading', { name: 'The panel opens by a link' });
  expect(screen.queryByRole('navigation')).toBeNull();
  expect(api.asked('GET /api/v1/shops')).toEqual([]);
});

test('the language can be changed before entering', async () => {
  renderApp('/enter#vtr_secret');
  await userEvent.click(await screen.findByRole('button', { name: 'Русский' }));
  await screen.findByRole('button', { name: 'Открыть панель' });
});

test('an older secret does not go before the new session', async () => {
  keepBearer('vts_old');
  api.on('POST /api/v1/enter', () => new Response(null, { status: 204 }));
  renderApp('/enter#vtr_secret');
  await userEvent.click(await screen.findByRole('button', { name: 'Open the panel' }));
  await screen.findByRole('heading', { name: 'Overview' });
  expect(api.requests.map(({ headers }) => headers.get('authorization'))).not.toContain(
    'Bearer vts_old',
  );
});

test('leaving forgets the secret, and a bot half connected with its token', async () => {
  keepBearer('vts_old');
  keepToken('7000000001:AA');
  sessionStorage.setItem('vitrina.connect', '{}');
  let isIn = true;
  const me = { role: 'owner', label: '', shop_ids: null };
  api.on('GET /api/v1/me', () => (isIn ? json(me) : problem(401, 'session_missing')));
  api.on('POST /api/v1/leave', () => {
    isIn = false;
    return new Response(null, { status: 204 });
  });
  renderApp('/shops');
  await userEvent.click(await screen.findByRole('button', { name: 'Leave the panel' }));
  await screen.findByRole('heading', { name: 'The panel opens by a link' });
  expect([bearer(), tokenKept(), sessionStorage.getItem('vitrina.connect')]).toEqual([
    null,
    '',
    null,
  ]);
});
