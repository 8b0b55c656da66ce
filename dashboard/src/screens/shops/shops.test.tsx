import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Bot, NewBot, NewShop, Shop, Template } from '../../api/model';
import { initLanguage } from '../../i18n';
import { isToken, withoutDependents, withRequired } from '../../parts/bots/bot';
import {
  FakeApi,
  json,
  MODULES,
  PREVIEW,
  problem,
  SHOPS,
  TEA,
  TEMPLATES,
} from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { forgetDraft } from '../connect/kept';

const TOKEN = `7000000009:${'A'.repeat(31)}wxyz`;

let api: FakeApi;
let shops: Shop[];

/** A server that keeps what it is given; a connected bot is queued until `promote`. */
beforeEach(async () => {
  forgetDraft();
  api = new FakeApi();
  shops = structuredClone(SHOPS);
  await initLanguage('en');
  api.on('GET /api/v1/shops', () => json(shops));
  api.on('POST /api/v1/shops', ({ body }) => {
    const shop = {
      ...(body as NewShop),
      id: shops.length + 1,
      retention_days: 365,
      archived_at: null,
      delete_after: null,
      version: '0e1f',
      bots: [],
    };
    shops.push(shop);
    return json(shop, 201);
  });
  api.on('POST /api/v1/bots', ({ body }) => {
    const draft = body as NewBot;
    const { shop_id, token } = draft;
    const { mode = 'hosted', modules = [] } = draft.template ? (TEMPLATES[0] as Template) : draft;
    const bot: Bot = {
      id: Number(token.split(':')[0]),
      shop_id,
      username: null,
      title: null,
      mode,
      state: 'queued',
      state_reason: null,
      state_changed_at: new Date().toISOString(),
      token_tail: token.slice(-4),
      photo_id: null,
      modules,
    };
    shops.find(({ id }) => id === shop_id)?.bots.push(bot);
    return json(bot, 201);
  });
});

function promote(change: Partial<Bot>): void {
  shops = shops.map((shop) => ({
    ...shop,
    bots: shop.bots.map((bot) => (bot.id === 7000000009 ? { ...bot, ...change } : bot)),
  }));
  api.botsChanged();
}

const tokenField = () => screen.findByLabelText(/Bot token/);
async function pasteToken(token: string): Promise<void> {
  await userEvent.click(await tokenField());
  await userEvent.paste(token);
}
const submit = () => userEvent.click(screen.getByRole('button', { name: 'Connect' }));
const connected = () => api.asked('POST /api/v1/bots').map(({ body }) => body);

describe('connect a bot', () => {
  test('from the token to the running bot', async () => {
    const { address } = renderApp('/shops/connect');
    await pasteToken(TOKEN);
    await submit();
    await screen.findByRole('heading', { name: 'Bot 7000000009' });
    expect(address()).toBe('/shops/connect?shop=1&bot=7000000009');
    expect(connected()).toEqual([
      {
        shop_id: 1,
        token: TOKEN,
        mode: 'hosted',
        modules: ['menu', 'catalogue', 'stars'],
      },
    ]);
    promote({ state: 'running', username: 'new_bot' });
    const link = await screen.findByRole('link', { name: 't.me/new_bot' });
    expect(link.getAttribute('href')).toBe('https://t.me/new_bot');
    expect(screen.getByRole('link', { name: 'Open the figures' }).getAttribute('href')).toBe(
      '/?shops=1',
    );
  });

  test('whose the token is stands below it before anything is connected', async () => {
    renderApp('/shops/connect');
    await pasteToken(TOKEN);
    await screen.findByText('@new_bot');
    expect(document.querySelector('img[src^="data:image/jpeg;base64,"]')).toBeTruthy();
    expect(api.asked('POST /api/v1/bots/preview').map(({ body }) => body)).toEqual([
      { token: TOKEN, shop_id: 1 },
    ]);
    expect(connected()).toEqual([]);
    // For another shop it is the same bot: Telegram is not asked again. A new shop is called like it.
    await userEvent.click(screen.getByRole('radio', { name: 'A new shop' }));
    expect(await screen.findByLabelText(/Name of the shop/)).toHaveProperty('value', PREVIEW.title);
    expect(screen.getByText('@new_bot')).toBeTruthy();
    expect(api.asked('POST /api/v1/bots/preview')).toHaveLength(1);
  });

  test('what is refused for one shop is asked for another', async () => {
    api.on('POST /api/v1/bots/preview', () => problem(409, 'bot_taken'));
    renderApp('/shops/connect');
    await pasteToken(TOKEN);
    await screen.findByText(/This bot is connected already/);
    await userEvent.click(screen.getByRole('radio', { name: 'A new shop' }));
    await waitFor(() =>
      expect(api.asked('POST /api/v1/bots/preview').map(({ body }) => body)).toEqual([
        { token: TOKEN, shop_id: 1 },
        { token: TOKEN, shop_id: null },
      ]),
    );
  });

  test('whoever waits long for Telegram is told that there is no need to', async () => {
    api.on('POST /api/v1/bots/preview', () => new Promise<Response>(() => undefined));
    renderApp('/shops/connect');
    await tokenField();
    vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ['setTimeout', 'clearTimeout'] });
    try {
      fireEvent.change(await tokenField(), { target: { value: TOKEN } });
      await screen.findByRole('status', { name: /^Asking Telegram/ });
      expect(screen.queryByText(/You need not wait/)).toBeNull();
      act(() => void vi.advanceTimersByTime(4_000));
      expect(screen.getByText(/You need not wait/)).toBeTruthy();
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    [422, 'token_unknown', /Telegram does not know this token/, true],
    [503, 'lookup_unanswered', /^Telegram did not say .* can be connected all the same/, false],
    [429, 'too_many_lookups', /^The server refused: too often/, false],
    [403, 'forbidden', /^Only an owner may do this/, false],
  ])('a look that finds nothing says why: %i %s', async (status, code, words, isRefused) => {
    api.on('POST /api/v1/bots/preview', () => problem(status, code, 'too often'));
    renderApp('/shops/connect');
    await pasteToken(TOKEN);
    expect((await screen.findByRole('alert')).textContent).toMatch(words);
    const field = await tokenField();
    expect(field.getAttribute('aria-invalid')).toBe(String(isRefused));
    const said = (field.getAttribute('aria-describedby') ?? '').split(' ');
    const told = said.map((id) => document.getElementById(id)?.textContent).join(' ');
    expect(words.test(told)).toBe(isRefused);
    await submit();
    expect(await screen.findByRole('heading', { name: 'Bot 7000000009' })).toBeTruthy();
  });

  test('a reload finds the bot where it was', async () => {
    shops[0]?.bots.push({ ...(TEA.bots[0] as Bot), id: 7000000009, state: 'starting' });
    renderApp('/shops/connect?shop=1&bot=7000000009');
    await screen.findByText('The connection to Telegram is being made.');
    expect(screen.queryByLabelText(/Bot token/)).toBeNull();
  });

  test('a bot that failed says why in words and offers another token', async () => {
    renderApp('/shops/connect');
    await pasteToken(TOKEN);
    await submit();
    await screen.findByRole('heading', { name: 'Bot 7000000009' });
    promote({ state: 'failed', state_reason: 'token_revoked' });
    await screen.findByText(/The token was revoked at @BotFather/);
    expect(screen.getByRole('link', { name: 'Try another token' })).toBeTruthy();
  });

  test('the token is taken out of the whole message of BotFather', async () => {
    renderApp('/shops/connect');
    await pasteToken(`Done! Use this token to access the HTTP API: ${TOKEN} Keep it secure.`);
    expect(await tokenField()).toHaveProperty('value', TOKEN);
  });

  test('a token that Telegram does not know leaves nothing behind', async () => {
    let isThere = true;
    api.on('DELETE /api/v1/bots/7000000009', () => {
      isThere = false;
      return new Response(null, { status: 204 });
    });
    renderApp('/shops/connect');
    await pasteToken(TOKEN);
    await submit();
    await screen.findByRole('heading', { name: 'Bot 7000000009' });
    promote({ state: 'failed', state_reason: 'token_invalid', username: null });
    await waitFor(() => expect(isThere).toBe(false));
    for (const each of shops) each.bots = each.bots.filter(({ id }) => id !== 7000000009);
    api.botsChanged();
    expect(await screen.findByText('Telegram does not accept this token')).toBeTruthy();
    expect(await tokenField()).toHaveProperty('value', '');
  });

  test('a half-filled form is there again for whoever comes back', async () => {
    const { router } = renderApp('/shops/connect');
    await pasteToken('123456');
    await userEvent.type(screen.getByLabelText(/Contact for shoppers/), '@tea');
    await userEvent.click(screen.getByRole('checkbox', { name: 'Reviews' }));
    await act(() => router.navigate({ to: '/shops' as never }));
    await screen.findByRole('heading', { name: 'Shops and bots' });
    expect(screen.queryByRole('dialog')).toBeNull();
    await act(() => router.navigate({ to: '/shops/connect' as never }));
    expect(await tokenField()).toHaveProperty('value', '123456');
    expect(screen.getByLabelText(/Contact for shoppers/)).toHaveProperty('value', '@tea');
    expect(screen.getByRole('checkbox', { name: 'Reviews' })).toHaveProperty('checked', true);
  });

  test('a bot that runs leads on to the first sale, each step as the server knows it', async () => {
    shops[0]?.bots.push({
      ...(TEA.bots[0] as Bot),
      id: 7000000009,
      username: 'new_bot',
      modules: ['menu', 'orders'],
    });
    api.on('GET /api/v1/shops/1/products', () => json({ products: [{}], next: null }));
    api.on('GET /api/v1/access/owner-chats', () => json([]));
    api.on('GET /api/v1/bots/7000000009/modules/orders/orders', () =>
      json({ orders: [], next_before: null }),
    );
    api.on('POST /api/v1/access/owner-chats/codes', () =>
      json({ code: 'q2', expires_at: '2026-11-23T10:00:00Z' }, 201),
    );
    renderApp('/shops/connect?shop=1&bot=7000000009');
    const next = within(await screen.findByRole('region', { name: 'To the first sale' }));
    await waitFor(() =>
      expect(next.getAllByRole('img').map((icon) => icon.getAttribute('aria-label'))).toEqual([
        'Done',
        'To do',
        'To do',
      ]),
    );
    await userEvent.click(next.getByRole('button', { name: 'Make a one-time code' }));
    expect(await next.findByText('/owner q2')).toBeTruthy();
    const chat = next.getByRole('link', { name: /^Open the chat/ });
    expect(chat.getAttribute('href')).toMatch(/^https:\/\/t\.me\/\w+\?text=%2Fowner%20q2$/);
  });

  test('what is not a token is told at the field and never sent', async () => {
    renderApp('/shops/connect');
    const field = await tokenField();
    await pasteToken('123:short');
    await submit();
    await screen.findByText(/This is not a bot's token/);
    await waitFor(() => expect(document.activeElement).toBe(field));
    expect(field.getAttribute('aria-invalid')).toBe('true');
    expect(connected()).toEqual([]);
  });

  test.each([
    [422, 'token_malformed', /This is not a bot's token/],
    [409, 'bot_taken', /This bot is connected already/],
  ])('the refusal %i %s is told at the field', async (status, code, text) => {
    api.on('POST /api/v1/bots', () => problem(status, code, 'raw words of the server'));
    renderApp('/shops/connect');
    const field = await tokenField();
    await pasteToken(TOKEN);
    await submit();
    await screen.findByText(text);
    expect(field.getAttribute('aria-invalid')).toBe('true');
    expect(screen.queryByText(/raw words/)).toBeNull();
  });

  test('a bot that takes money needs a contact, which goes with it', async () => {
    api.on('POST /api/v1/bots', () => problem(422, 'contact_missing'));
    renderApp('/shops/connect');
    const contact = await screen.findByLabelText('Contact for shoppers');
    await pasteToken(TOKEN);
    await submit();
    await screen.findByText(/shoppers must know where to write/);
    await waitFor(() => expect(document.activeElement).toBe(contact));
    await userEvent.type(contact, ' @tea_shop ');
    await submit();
    await waitFor(() => expect(connected()[1]).toMatchObject({ contact: '@tea_shop' }));
  });

  test('a malformed request is told at the fields that it names', async () => {
    const errors = [{ field: 'body.timezone', message: 'not a time zone' }];
    api.on('POST /api/v1/shops', () => json({ status: 422, code: 'request_invalid', errors }, 422));
    renderApp('/shops/connect');
    await userEvent.click(await screen.findByRole('radio', { name: 'A new shop' }));
    await userEvent.type(screen.getByLabelText(/Name of the shop/), 'Spices');
    await pasteToken(TOKEN);
    await submit();
    await screen.findByText('The server does not accept this value.');
    const zone = screen.getByLabelText('Time zone');
    await waitFor(() => expect(document.activeElement).toBe(zone));
    expect(connected()).toEqual([]);
  });

  test('a link for some shops opens no new one', async () => {
    api.on('GET /api/v1/me', () => json({ role: 'owner', label: '', shop_ids: [1, 2] }));
    renderApp('/shops/connect');
    await tokenField();
    expect(screen.queryByRole('radio', { name: 'A new shop' })).toBeNull();
  });

  test('any other refusal is told above the button', async () => {
    api.on('POST /api/v1/bots', () => problem(404, 'shop_not_found'));
    renderApp('/shops/connect');
    await pasteToken(TOKEN);
    await submit();
    expect((await screen.findByRole('alert')).textContent).toContain('no longer there');
  });

  test('a new shop is made once, even when its first token is refused', async () => {
    api.on('POST /api/v1/bots', () => problem(409, 'bot_taken'));
    const { address } = renderApp('/shops/connect');
    await userEvent.click(await screen.findByRole('radio', { name: 'A new shop' }));
    await userEvent.type(screen.getByLabelText(/Name of the shop/), ' Spices ');
    await pasteToken(TOKEN);
    await submit();
    await screen.findByText(/This bot is connected already/);
    expect(address()).toBe('/shops/connect?shop=3');
    await submit();
    await waitFor(() => expect(connected()).toHaveLength(2));
    expect(api.asked('POST /api/v1/shops').map(({ body }) => body)).toMatchObject([
      { name: 'Spices', currency: 'XTR', language: 'en' },
    ]);
    expect(connected()).toMatchObject([{ shop_id: 3 }, { shop_id: 3 }]);
  });

  test('an observed bot takes no modules along', async () => {
    renderApp('/shops/connect?shop=2');
    await pasteToken(TOKEN);
    await userEvent.click(screen.getByRole('radio', { name: /only observes/ }));
    expect(screen.queryByRole('checkbox')).toBeNull();
    await submit();
    await waitFor(() =>
      expect(connected()).toMatchObject([{ shop_id: 2, mode: 'observed', modules: [] }]),
    );
  });

  test('a template goes in place of modules', async () => {
    renderApp('/shops/connect?shop=2');
    await pasteToken(TOKEN);
    await userEvent.click(await screen.findByRole('radio', { name: 'Services' }));
    expect(screen.queryByRole('radio', { name: 'Statistics only' })).toBeNull();
    expect(screen.queryByRole('checkbox')).toBeNull();
    await submit();
    await waitFor(() =>
      expect(connected()).toEqual([{ shop_id: 2, token: TOKEN, template: 'services' }]),
    );
  });

  test('modules bring what they need and take what needs them', async () => {
    renderApp('/shops/connect');
    const ticked = () =>
      screen
        .getAllByRole('checkbox', { checked: true })
        .map((box) => box.closest('.mantine-Checkbox-body')?.querySelector('label')?.textContent);
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Catalogue' }));
    expect(ticked()).toEqual(['Menu']);
    await userEvent.click(screen.getByRole('checkbox', { name: 'Reviews' }));
    expect(ticked()).toEqual(['Menu', 'Catalogue', 'Reviews']);
  });

  test('only an owner can', async () => {
    api.on('GET /api/v1/me', () => json({ role: 'analyst', label: '', shop_ids: null }));
    renderApp('/shops/connect');
    await screen.findByText(/Only an owner may do this/);
    expect(screen.queryByLabelText(/Bot token/)).toBeNull();
  });
});

describe('shops and bots', () => {
  test('the detail of a reason is put into words', async () => {
    const [tea] = TEA.bots as [Bot];
    const until = new Date(2026, 10, 23, 14, 30).toISOString();
    const failed = (id: number, state_reason: string): Bot => ({
      ...tea,
      id,
      state: 'failed',
      state_reason,
    });
    shops = [
      {
        ...TEA,
        bots: [
          failed(7000000004, `flood_wait_until:${until}`),
          failed(7000000005, 'telegram_error:INPUT_FETCH_ERROR'),
        ],
      },
    ];
    renderApp('/shops');
    await screen.findByText(/Telegram asks to wait until 14:30\./);
    await screen.findByText(/Telegram refused: INPUT_FETCH_ERROR\./);
  });

  test('each bot with its state, reason, token tail and modules', async () => {
    const [tea] = TEA.bots as [Bot];
    shops[1]?.bots.push({
      ...tea,
      id: 7000000002,
      shop_id: 2,
      username: null,
      title: null,
      state: 'failed',
      state_reason: 'Telegram said: USER_DEACTIVATED',
      token_tail: 'zzZ1',
    });
    renderApp('/shops');
    const shop = await screen.findByRole('region', { name: 'Чайная лавка' });
    expect(within(shop).getByText('Running')).toBeTruthy();
    expect(within(shop).getByText('…x9Qa')).toBeTruthy();
    await within(shop).findByText('Menu, Catalogue');
    const books = screen.getByRole('region', { name: 'Book Nook' });
    expect(within(books).getByText('Bot 7000000002')).toBeTruthy();
    expect(within(books).getByText('Failed')).toBeTruthy();
    expect(within(books).getByText('Telegram said: USER_DEACTIVATED')).toBeTruthy();
  });

  test('nothing there yet: an owner is led on, a viewer is told whom to ask', async () => {
    shops = [];
    const { unmount } = renderApp('/shops');
    await screen.findByRole('link', { name: 'Connect a bot' });
    unmount();
    api.on('GET /api/v1/me', () => json({ role: 'viewer', label: '', shop_ids: [] }));
    renderApp('/shops');
    await screen.findByText(/Ask an owner for access/);
    expect(screen.queryByRole('link', { name: 'Connect a bot' })).toBeNull();
  });
});

describe('what an owner does with a bot', () => {
  const NEW_TOKEN = `7000000001:${'B'.repeat(35)}`;

  test('a new token is checked, sent, and the bot shown anew', async () => {
    const replaced: unknown[] = [];
    api.on('PUT /api/v1/bots/7000000001/token', ({ body }) => {
      replaced.push(body);
      return json(TEA.bots[0]);
    });
    renderApp('/shops');
    await userEvent.click(await screen.findByRole('button', { name: 'New token' }));
    await userEvent.click(screen.getByLabelText(/new token/));
    await userEvent.paste(TOKEN);
    await userEvent.click(screen.getByRole('button', { name: 'Save the token' }));
    await screen.findByText(/of another bot/);
    expect(replaced).toEqual([]);
    await userEvent.clear(screen.getByLabelText(/new token/));
    await userEvent.paste(NEW_TOKEN);
    await userEvent.click(screen.getByRole('button', { name: 'Save the token' }));
    await screen.findByRole('button', { name: 'New token' });
    expect(replaced).toEqual([{ token: NEW_TOKEN }]);
  });

  test('a bot is taken out only after a second word', async () => {
    api.on('DELETE /api/v1/bots/7000000001', () => {
      shops = shops.map((shop) => ({ ...shop, bots: [] }));
      return new Response(null, { status: 204 });
    });
    renderApp('/shops');
    await userEvent.click(await screen.findByRole('button', { name: 'Disconnect' }));
    expect(api.asked('DELETE /api/v1/bots/7000000001')).toEqual([]);
    await screen.findByText(/Orders, customers and figures stay/);
    const dialog = within(screen.getByRole('dialog', { name: 'Disconnect @demo_tea_bot?' }));
    await userEvent.click(dialog.getByRole('button', { name: 'Disconnect' }));
    await waitFor(() => expect(screen.queryByText('@demo_tea_bot')).toBeNull());
  });

  test('others may only look', async () => {
    api.on('GET /api/v1/me', () => json({ role: 'analyst', label: '', shop_ids: null }));
    renderApp('/shops');
    await screen.findByText('@demo_tea_bot');
    expect(screen.queryByRole('button', { name: 'Disconnect' })).toBeNull();
  });

  test('what needs the owner is listed, and what was read goes away', async () => {
    const common = { shop_id: 1, bot_id: 7000000001, at: '2026-11-23T08:00:00Z' };
    let items: unknown[] = [
      { ...common, kind: 'bot_claimed', reason: 'own_token', count: 2 },
      {
        ...common,
        kind: 'payment_unbooked',
        reason: 'no_module',
        amount_minor: 300,
        currency: 'XTR',
        charge_id: 'ch_1',
        count: 1,
      },
      {
        ...common,
        kind: 'bill_refused',
        reason: 'CURRENCY_TOTAL_AMOUNT_INVALID',
        amount_minor: 70_000,
        currency: 'XTR',
        subject: 'Tea',
        notice_id: 7,
        count: 3,
      },
      {
        ...common,
        kind: 'bill_refused',
        reason: 'MEDIA_EMPTY',
        amount_minor: 20,
        currency: 'XTR',
        subject: 'Mug',
        notice_id: 9,
        count: 1,
      },
      { ...common, kind: 'updates_skipped', reason: 'HTTP_500', count: 12, notice_id: 8 },
      { ...common, kind: 'bot_used_elsewhere', reason: 'commands', count: 1, notice_id: 10 },
      { ...common, kind: 'bot_used_elsewhere', reason: 'message', count: 2, notice_id: 11 },
    ];
    api.on('GET /api/v1/attention', () => json(items));
    api.on('DELETE /api/v1/attention/notices/7000000001/7', () => {
      items = items.filter((item) => (item as { notice_id?: number }).notice_id !== 7);
      return new Response(null, { status: 204 });
    });
    api.on('DELETE /api/v1/attention/claims/7000000001', () => {
      items = items.slice(1);
      return new Response(null, { status: 204 });
    });
    renderApp('/shops');
    const list = await screen.findByRole('region', { name: 'Needs you' });
    within(list).getByText(/tried 2 times/);
    within(list).getByText(/300.*\(charge ch_1\), and no module/);
    within(list).getByText(/no bill of .*70,000.*“Tea” \(times: 3\).*10,000 US dollars/);
    within(list).getByText(/“Mug” over .*20.*\(MEDIA_EMPTY; times: 1\)/);
    within(list).getByText(/HTTP_500.*passed over: 12/);
    within(list).getByText(/has changed the bot: its commands .*revoke it at @BotFather/);
    within(list).getByText(/2 messages were sent in its name.*revoke it at @BotFather/);
    const read = () => within(list).getAllByRole('button', { name: 'I have read it' });
    await userEvent.click(read()[0] as HTMLElement);
    await waitFor(() => expect(screen.queryByText(/tried 2 times/)).toBeNull());
    within(list).getByText(/ch_1/);
    await userEvent.click(read()[0] as HTMLElement);
    await waitFor(() => expect(screen.queryByText(/no bill of/)).toBeNull());
    within(list).getByText(/HTTP_500/);
  });

  test('a photo stands beside the name', async () => {
    const [tea] = TEA.bots as [Bot];
    shops = [{ ...TEA, bots: [{ ...tea, photo_id: '77' }] }];
    const { container } = renderApp('/shops');
    await screen.findByText('@demo_tea_bot');
    expect(container.querySelector('li img')?.getAttribute('src')).toBe(
      '/api/v1/bots/7000000001/photo?v=77',
    );
  });
});

test('observing says what it misses, and gives a key for the rest', async () => {
  api.on('POST /api/v1/shops/2/write-keys', () =>
    json({ id: 1, label: 'x', secret: 'vtw_secret' }, 201),
  );
  renderApp('/shops/connect?shop=2');
  await pasteToken(TOKEN);
  await userEvent.click(screen.getByRole('radio', { name: /only observes/ }));
  screen.getByText('orders and payments outside Telegram');
  await submit();
  await userEvent.click(await screen.findByRole('button', { name: 'Make a key' }));
  await screen.findByText(/Bearer vtw_secret/);
  expect(api.asked('POST /api/v1/shops/2/write-keys').map(({ body }) => body)).toEqual([
    { label: 'Bot 7000000009' },
  ]);
});

test.each([
  [`123456:${'a'.repeat(35)}`, true],
  [`12345:${'a'.repeat(35)}`, false],
  [`123456:${'a'.repeat(34)}`, false],
  [`123456:${'a'.repeat(36)}`, false],
  [`123456:${'a'.repeat(34)}!`, false],
  [`x123456:${'a'.repeat(35)}`, false],
])('%s is a token: %s', (text, expected) => expect(isToken(text)).toBe(expected));

test('requirements are followed to the end, and back', () => {
  expect(withRequired(MODULES, ['stars'])).toEqual(['menu', 'catalogue', 'stars']);
  expect(withoutDependents(MODULES, ['menu', 'catalogue', 'stars'], 'menu')).toEqual([]);
});
