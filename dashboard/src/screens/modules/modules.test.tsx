import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem, SHOPS, TEA } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { restorable } from './ModuleHistory';
import { missingFor } from './needs';
import { DIFFERENCE, HISTORY, LISTED, SETTINGS } from './samples';

const LIST = '/api/v1/bots/7000000001/modules';
const CART = `${LIST}/cart`;

let api: FakeApi;
/** The versions that changes named. */
let named: (string | null)[];

const versioned = (version: number, settings: object = {}) =>
  new Response(
    JSON.stringify({ ...SETTINGS, version, settings: { ...SETTINGS.settings, ...settings } }),
    { headers: { 'content-type': 'application/json', etag: `"${version}"` } },
  );
const button = (name: string) => screen.findByRole('button', { name });
const press = async (name: string) => userEvent.click(await button(name));

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  api.on(`GET ${LIST}`, () => json({ modules: LISTED, leftovers: [] }));
  api.on(`GET ${CART}/settings`, () => versioned(4));
  api.on(`GET ${CART}/history`, () => json(HISTORY));
  api.on(`GET ${CART}/history/4/difference`, () => json(DIFFERENCE));
  named = [];
  const answer = globalThis.fetch;
  vi.stubGlobal('fetch', (input: string | Request, init?: RequestInit) => {
    if (input instanceof Request && input.method !== 'GET')
      named.push(input.headers.get('if-match'));
    return answer(input, init);
  });
});

test('modules stand by whether they are on, with what they need and why one was switched off', async () => {
  renderApp('/modules');
  const on = await screen.findByRole('region', { name: 'Switched on 3' });
  const off = screen.getByRole('region', { name: 'Switched off 4' });
  const titles = (part: HTMLElement) =>
    within(part)
      .getAllByRole('heading', { level: 3 })
      .map(({ textContent }) => textContent);
  expect(titles(on)).toEqual(['Menu', 'Cart and checkout', 'Orders']);
  expect(titles(off)).toEqual(['Promo codes', 'Stock', 'Bookings', 'lottery']);
  expect(on.textContent).toContain('Needed by: Cart and checkout, Orders');
  expect(off.textContent).toContain('Requires: Cart and checkout, Stock');
  expect(off.textContent).toContain('its settings do not fit (share_bp)');
  // What is not on the server cannot be switched on.
  expect(screen.queryByRole('button', { name: 'Switch on: lottery' })).toBeNull();
});

test('who is no owner only looks', async () => {
  api.on('GET /api/v1/me', () => json({ role: 'analyst', label: 'A', shop_ids: null }));
  renderApp('/modules?module=cart');
  const on = await screen.findByRole('region', { name: 'Switched on 3' });
  expect(within(on).queryByRole('button')).toBeNull();
  expect(screen.getByText(/Only an owner switches modules/)).toBeTruthy();
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(api.asked(`GET ${CART}/settings`)).toHaveLength(0);
});

test('a bot that is only observed has no modules', async () => {
  const bots = TEA.bots.map((bot) => ({ ...bot, mode: 'observed' as const }));
  api.on('GET /api/v1/shops', () => json([{ ...TEA, bots }, ...SHOPS.slice(1)]));
  renderApp('/modules');
  expect(await screen.findByText('This bot is only observed')).toBeTruthy();
  expect(api.asked(`GET ${LIST}`)).toHaveLength(0);
});

test('what depends on a module is named before both are switched off', async () => {
  api.on(`PUT ${CART}`, () => problem(409, 'module_needed'));
  renderApp('/modules');
  await press('Switch off: Cart and checkout');
  const dialog = await screen.findByRole('dialog', { name: 'Switch off Cart and checkout?' });
  expect(within(dialog).getByRole('listitem').textContent).toBe('Orders');
  expect(api.asked(`PUT ${CART}`)).toHaveLength(0);
  const all = within(dialog).getByRole('button', { name: 'Switch all of them off' });
  await userEvent.click(all);
  expect(await within(dialog).findByText(/Another owner has meanwhile switched on/)).toBeTruthy();

  const after = LISTED.map((each) => ({
    ...each,
    is_on: each.key === 'menu',
    required_by: [],
  }));
  api.on(`PUT ${CART}`, () => json({ modules: after, leftovers: [] }));
  api.on(`GET ${LIST}`, () => json({ modules: after, leftovers: [] }));
  await userEvent.click(all);
  await screen.findByText('Cart and checkout is switched off.');
  expect(api.asked(`PUT ${CART}`).map(({ body }) => body)).toEqual([
    { is_on: false, with_others: true },
    { is_on: false, with_others: true },
  ]);
  await screen.findByRole('region', { name: 'Switched on 1' });
  const moved = await button('Switch on: Cart and checkout');
  await waitFor(() => expect(document.activeElement).toBe(moved));
});

test('what a module needs is switched on with it; one that needs nothing more goes on at once', async () => {
  api.on(`PUT ${LIST}/bookings`, () => json({ modules: LISTED, leftovers: [] }));
  api.on(`PUT ${LIST}/stock`, () => problem(422, 'contact_missing'));
  renderApp('/modules');
  await press('Switch on: Bookings');
  const dialog = await screen.findByRole('dialog', { name: 'Switch on Bookings?' });
  expect(within(dialog).getByRole('listitem').textContent).toBe('Stock');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Switch all of them on' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(api.asked(`PUT ${LIST}/bookings`)[0]?.body).toEqual({ is_on: true, with_others: true });

  await press('Switch on: Stock');
  expect((await screen.findByRole('alert')).textContent).toContain('Give a contact');
  expect(api.asked(`PUT ${LIST}/stock`)[0]?.body).toEqual({ is_on: true, with_others: false });
});

test('settings are saved over the version that was seen; another owner is not written over', async () => {
  let newest = 4;
  api.on(`GET ${CART}/settings`, () => versioned(newest, newest === 4 ? {} : { phone: 'no' }));
  api.on(`PUT ${CART}/settings`, ({ body }) => {
    if (named.at(-1) !== `"${newest}"`) return problem(412, 'changed_meanwhile');
    newest += 1;
    return versioned(newest, (body as { settings: object }).settings);
  });
  renderApp('/modules?module=cart');
  const lines = await screen.findByLabelText(/^Lines in a cart/);
  const fill = async (value: string) => {
    await userEvent.clear(lines);
    await userEvent.type(lines, value);
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  };
  await userEvent.clear(lines);
  await userEvent.type(lines, '30');
  expect(screen.getByRole('region', { name: 'What will change' }).textContent).toMatch(
    /before: 20\s*after: 30/,
  );
  await fill('30');
  await screen.findByText('Saved');
  newest = 9;
  await fill('40');
  await screen.findByText('Somebody else has changed this meanwhile');
  await press('Save mine over it');
  await waitFor(() => expect(named).toEqual(['"4"', '"5"', '"9"']));
  expect(api.asked(`PUT ${CART}/settings`).at(-1)?.body).toEqual({
    settings: { one_tap: true, phone: 'required', most_lines: 40 },
  });
});

test('what another owner saved can be taken instead', async () => {
  api.on(`PUT ${CART}/settings`, () => problem(412, 'changed_meanwhile'));
  renderApp('/modules?module=cart');
  await userEvent.click(await screen.findByRole('switch', { name: 'Buying with one tap' }));
  await press('Save');
  await screen.findByText('Somebody else has changed this meanwhile');
  api.on(`GET ${CART}/settings`, () => versioned(7, { most_lines: 11 }));
  await press('Take what is saved');
  await waitFor(() => expect(screen.queryByText(/Somebody else/)).toBeNull());
  expect(screen.getByLabelText(/^Lines in a cart/)).toHaveProperty('value', '11');
  expect(screen.getByRole('switch', { name: 'Buying with one tap' })).toHaveProperty(
    'checked',
    true,
  );
});

test('a version says what it changed, and an earlier one is brought back', async () => {
  api.on(`POST ${CART}/history/2/restore`, () => versioned(5, { most_lines: 7 }));
  renderApp('/modules?module=cart');
  await press('What changed: version 4');
  const dialog = await screen.findByRole('dialog');
  expect((await within(dialog).findByText('before: optional')).parentElement?.textContent).toBe(
    'before: optionalafter: required',
  );
  expect(within(dialog).getByText('before: no')).toBeTruthy();
  // Version 4 is what holds now.
  expect(within(dialog).queryByRole('button', { name: 'Restore: version 4' })).toBeNull();
  await press('Restore: version 2');
  const asked = await screen.findByRole('dialog', { name: 'Restore version 2?' });
  await userEvent.click(within(asked).getByRole('button', { name: 'Restore' }));
  await waitFor(() => expect(named).toEqual(['"4"']));
  await waitFor(() =>
    expect(screen.getByLabelText(/^Lines in a cart/)).toHaveProperty('value', '7'),
  );
});

test('a need of a need is missing too, and what holds now is not restored', () => {
  const off = LISTED.map((each) => ({ ...each, is_on: false }));
  expect(missingFor(off, 'bookings')).toEqual(['cart', 'stock', 'menu']);
  expect(missingFor(LISTED, 'bookings')).toEqual(['stock']);
  expect([...restorable(HISTORY)]).toEqual([3, 2, 1]);
  expect([...restorable(HISTORY.slice(3))]).toEqual([]);
});

test('what is on is put in another order', async () => {
  const ORDER = LIST.replace(/modules$/, 'modules-order');
  api.on(`PUT ${ORDER}`, () => json({ modules: LISTED, leftovers: [] }));
  renderApp('/modules');
  const [first, second] = await screen.findAllByRole('button', { name: /^Later: / });
  expect(first?.getAttribute('aria-disabled')).toBe('false');
  const names = [first, second].map((each) => each?.getAttribute('aria-label')?.slice(7));
  await userEvent.click(first as HTMLElement);
  await waitFor(() => expect(api.asked(`PUT ${ORDER}`)).toHaveLength(1));
  const [asked] = api.asked(`PUT ${ORDER}`);
  const { modules } = (asked as { body: { modules: string[] } }).body;
  const titleOf = (key: string) => LISTED.find((each) => each.key === key)?.title.en;
  expect(modules.slice(0, 2).map(titleOf)).toEqual(names.reverse());
});
