import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import type { Bot } from '../../api/model';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem, TEA } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { countOf, draftOf, misfitOf, typedOf } from './draft';
import type { ImportReport } from './queries';
import { CATEGORIES, CUP, PUER } from './samples';
import { inOrder, standingOf, stockOf } from './words';

const LIST = '/api/v1/shops/1/products';
let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  api.on(`GET ${LIST}`, () => json({ products: [PUER, CUP], next: null }));
  api.on(`GET ${LIST}/5`, () => json(PUER));
  api.on(`GET ${LIST}/6`, () => json(CUP));
  api.on('GET /api/v1/shops/1/categories', () => json(CATEGORIES));
});

test('what is sought stands in the address; a product of variants tells its range', async () => {
  renderApp('/catalogue?words=чай&category=2&archived=true');
  const row = await screen.findByRole('row', { name: 'Чашка' });
  expect(row.textContent).toContain('₽1,290.50 – ₽1,490.00');
  expect(Object.fromEntries(api.asked(`GET ${LIST}`)[0]?.query ?? [])).toEqual({
    words: 'чай',
    category: '2',
    archived: 'true',
    limit: '100',
  });
  expect(await screen.findByRole('button', { name: /Чай \/ Пуэр/ })).toBeTruthy();
});

test('a price is changed where it stands, over the version that was seen', async () => {
  api.on(`PUT ${LIST}/5`, ({ body }) => json({ ...PUER, ...(body as object), version: 4 }));
  renderApp('/catalogue');
  await userEvent.click(await screen.findByRole('button', { name: /^Price of Шу пуэр/ }));
  const field = screen.getByRole('textbox', { name: 'Price of Шу пуэр' });
  await userEvent.clear(field);
  await userEvent.type(field, '0{Enter}');
  expect(await screen.findByText(/an amount above zero/)).toBeTruthy();
  expect(api.asked(`PUT ${LIST}/5`)).toHaveLength(0);
  await userEvent.clear(field);
  await userEvent.type(field, '1 300,5{Enter}');
  const button = await screen.findByRole('button', { name: /^Price of Шу пуэр/ });
  expect(button.textContent).toBe('₽1,300.50');
  expect(document.activeElement).toBe(button);
  expect(api.asked(`PUT ${LIST}/5`)[0]?.body).toMatchObject({
    title: 'Шу пуэр',
    price_minor: 130_050,
    category_id: 2,
    cost_minor: 60_000,
    stock: 7,
  });
});

test('a price that another owner changed meanwhile is not written over', async () => {
  api.on(`PUT ${LIST}/5`, () => problem(412, 'changed_meanwhile', 'read it again'));
  renderApp('/catalogue');
  await userEvent.click(await screen.findByRole('button', { name: /^Price of Шу пуэр/ }));
  await userEvent.clear(screen.getByRole('textbox', { name: 'Price of Шу пуэр' }));
  await userEvent.keyboard('1300{Enter}');
  expect(await screen.findByText(/read it again/)).toBeTruthy();
  await waitFor(() => expect(api.asked(`GET ${LIST}`)).toHaveLength(2));
});

test('the stock is corrected by what is typed, and Esc or leaving it empty leaves it', async () => {
  let stock: number | null = 6;
  api.on(`PUT ${LIST}/5/stock`, () => json({ ...PUER, stock }));
  renderApp('/catalogue');
  const name = /^Stock of Шу пуэр/;
  await userEvent.click(await screen.findByRole('button', { name }));
  await userEvent.type(screen.getByRole('textbox', { name }), '99{Escape}');
  await userEvent.click(screen.getByRole('button', { name }));
  await userEvent.clear(screen.getByRole('textbox', { name }));
  await userEvent.tab();
  expect((await screen.findByRole('button', { name })).textContent).toBe('7');
  expect(api.asked(`PUT ${LIST}/5/stock`)).toHaveLength(0);
  await userEvent.click(screen.getByRole('button', { name }));
  await userEvent.clear(screen.getByRole('textbox', { name }));
  await userEvent.keyboard('9{Enter}');
  expect((await screen.findByRole('button', { name })).textContent).toBe('6');
  expect(api.asked(`PUT ${LIST}/5/stock`)[0]?.body).toEqual({ variant_id: null, by: 2 });
  stock = null;
  await userEvent.click(screen.getByRole('button', { name }));
  await userEvent.clear(screen.getByRole('textbox', { name }));
  await userEvent.keyboard('{Enter}');
  expect((await screen.findByRole('button', { name })).textContent).toBe('unlimited');
  expect(api.asked(`PUT ${LIST}/5/stock`)[1]?.body).toEqual({ variant_id: null, to: null });
});

test('a new variant keeps the product that is half typed, which is saved over its version', async () => {
  api.on(`POST ${LIST}/5/variants`, () => json(CUP.variants?.[0], 201));
  api.on(`PUT ${LIST}/5`, ({ body }) => json({ ...PUER, ...(body as object), version: 5 }));
  renderApp('/catalogue?product=5');
  const panel = within(await screen.findByRole('dialog', { name: 'Product' }));
  await userEvent.type(await panel.findByRole('textbox', { name: /^Title/ }), ' 2021');
  api.on(`GET ${LIST}/5`, () => json({ ...PUER, version: 4, variants: CUP.variants }));
  await userEvent.type(panel.getByRole('textbox', { name: 'A new variant' }), '250 мл');
  await userEvent.click(panel.getByRole('button', { name: 'Add the variant' }));
  expect(await panel.findByRole('button', { name: 'Move 400 мл up' })).toBeTruthy();
  await userEvent.click(panel.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(api.asked(`PUT ${LIST}/5`)).toHaveLength(1));
  const [asked] = api.asked(`PUT ${LIST}/5`);
  expect(asked?.body).toMatchObject({ title: 'Шу пуэр 2021' });
  expect(asked?.headers.get('if-match')).toBe('"4"');
  await waitFor(() =>
    expect(panel.getByRole('button', { name: 'Save' })).toHaveProperty('disabled', true),
  );
});

test('what was taken off sale stays in its place and comes back by the same switch', async () => {
  api.on(`PUT ${LIST}/5/archived`, ({ body }) => json({ ...PUER, ...(body as object) }));
  renderApp('/catalogue');
  const sells = await screen.findByRole('switch', { name: 'On sale: Шу пуэр' });
  await userEvent.click(sells);
  expect(await screen.findByText('Off sale', { selector: 'span' })).toBeTruthy();
  await userEvent.click(screen.getByRole('switch', { name: 'On sale: Шу пуэр' }));
  await waitFor(() =>
    expect(api.asked(`PUT ${LIST}/5/archived`).map(({ body }) => body)).toEqual([
      { is_archived: true },
      { is_archived: false },
    ]),
  );
});

test('a new product needs a name and a price, and opens once it is made', async () => {
  api.on(`POST ${LIST}`, () => json(PUER, 201));
  const { address } = renderApp('/catalogue?product=new&steps=7000000009');
  const panel = await screen.findByRole('dialog', { name: 'New product' });
  await userEvent.click(within(panel).getByRole('button', { name: 'Add the product' }));
  expect(await within(panel).findByText('Write a name.')).toBeTruthy();
  await userEvent.type(within(panel).getByRole('textbox', { name: /^Title/ }), 'Шу пуэр');
  await userEvent.type(within(panel).getByRole('textbox', { name: /^Price/ }), '300');
  await userEvent.click(within(panel).getByRole('button', { name: 'Add the product' }));
  await waitFor(() => expect(address()).toContain('product=5'));
  // Whoever came from the steps to the first sale goes on with them.
  const on = await screen.findByRole('link', { name: 'On to the first sale' });
  expect(on.getAttribute('href')).toBe('/shops/connect?shop=1&bot=7000000009');
  expect(api.asked(`POST ${LIST}`)[0]?.body).toMatchObject({
    title: 'Шу пуэр',
    price_minor: 300,
    currency: 'XTR',
    stock: null,
    kind: 'physical',
  });
});

test('where a bot hands out digital goods a new product is one of them', async () => {
  const [bot] = TEA.bots;
  const bots = [{ ...(bot as Bot), modules: ['catalogue', 'delivery'] }];
  api.on('GET /api/v1/shops', () => json([{ ...TEA, bots }]));
  renderApp('/catalogue?product=new');
  const panel = within(await screen.findByRole('dialog', { name: 'New product' }));
  expect(panel.getByRole('combobox', { name: /^What it is/ })).toHaveProperty('value', 'digital');
  expect(panel.queryByRole('textbox', { name: /^SKU/ })).toBeNull();
  await userEvent.click(panel.getByRole('button', { name: /^Cost, category/ }));
  expect(panel.getByRole('textbox', { name: /^SKU/ })).toBeTruthy();
  // Nothing of it was typed, so nothing is lost.
  await userEvent.click(panel.getByRole('button', { name: 'Close' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

test('another owner was faster: what was typed goes over theirs only if that is chosen', async () => {
  let isFirst = true;
  api.on(`PUT ${LIST}/5`, ({ body }) => {
    if (!isFirst) return json({ ...PUER, ...(body as object), version: 5 });
    isFirst = false;
    return problem(412, 'changed_meanwhile');
  });
  renderApp('/catalogue?product=5');
  const panel = within(await screen.findByRole('dialog', { name: 'Product' }));
  const title = await panel.findByRole('textbox', { name: /^Title/ });
  await userEvent.type(title, ' 2021');
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  api.on(`GET ${LIST}/5`, () => json({ ...PUER, version: 4, description: 'Their words' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Save mine over it' }));
  await waitFor(() => expect(api.asked(`PUT ${LIST}/5`)).toHaveLength(2));
  expect(api.asked(`PUT ${LIST}/5`)[1]?.body).toMatchObject({ title: 'Шу пуэр 2021' });
});

test('variants are moved, and their own price goes when it is emptied', async () => {
  api.on(`PUT ${LIST}/6/variants/62`, () => json(CUP.variants?.[1]));
  api.on(`PUT ${LIST}/6/variants-order`, () => json(CUP));
  renderApp('/catalogue?product=6');
  await userEvent.click(await screen.findByRole('button', { name: 'Move 400 мл up' }));
  await waitFor(() => expect(api.asked(`PUT ${LIST}/6/variants-order`)).toHaveLength(1));
  expect(api.asked(`PUT ${LIST}/6/variants-order`)[0]?.body).toEqual({ variants: [62, 61] });
  const name = /^Price of Чашка, 400 мл/;
  await userEvent.click(screen.getByRole('button', { name }));
  await userEvent.clear(screen.getByRole('textbox', { name }));
  await userEvent.keyboard('{Enter}');
  await waitFor(() => expect(api.asked(`PUT ${LIST}/6/variants/62`)).toHaveLength(1));
  expect(api.asked(`PUT ${LIST}/6/variants/62`)[0]?.body).toMatchObject({
    title: '400 мл',
    price_minor: null,
  });
});

test('a file is taken after its dry run, errors told by row', async () => {
  const report: ImportReport = {
    plan: 'p1',
    added: 0,
    changed: 1,
    left: 3,
    refused: 1,
    new_categories: ['Чай > Улун'],
    ignored_columns: [],
    rows: [
      {
        line: 2,
        outcome: 'changed',
        title: 'Шу пуэр',
        changes: [{ column: 'price', before: '1290.50', after: '1400.00' }],
      },
      {
        line: 3,
        outcome: 'refused',
        title: 'Да Хун Пао',
        troubles: [{ column: 'price', code: 'amount_unreadable', detail: 'x' }],
      },
    ],
  };
  api.on('POST /api/v1/shops/1/catalogue.csv', () => json(report));
  renderApp('/catalogue');
  await userEvent.click(await screen.findByRole('button', { name: 'From a CSV file' }));
  const dialog = await screen.findByRole('dialog', { name: 'From a CSV file' });
  const input = document.querySelector<HTMLInputElement>('input[type=file][accept*=csv]');
  await userEvent.upload(input as HTMLInputElement, new File(['1'], 'tea.csv'));
  await userEvent.click(within(dialog).getByRole('button', { name: 'See what would change' }));
  expect(await within(dialog).findByText(/no amount of the product's currency/)).toBeTruthy();
  expect(within(dialog).getByText('1400.00')).toBeTruthy();
  const doIt = within(dialog).getByRole('button', { name: 'Carry out: 1' });
  expect(doIt).toHaveProperty('disabled', true);
  await userEvent.click(within(dialog).getByRole('switch', { name: /Take the others/ }));
  await userEvent.click(doIt);
  const asked = () => api.asked('POST /api/v1/shops/1/catalogue.csv');
  await waitFor(() => expect(asked()).toHaveLength(2));
  expect(asked()[0]?.query.get('dry_run')).toBe('true');
  expect(asked()[1]?.query.get('plan')).toBe('p1');
});

test('who only looks changes nothing', async () => {
  api.on('GET /api/v1/me', () => json({ role: 'viewer', label: '', shop_ids: [1] }));
  renderApp('/catalogue?product=5');
  const panel = within(await screen.findByRole('dialog', { name: 'Product' }));
  expect(await panel.findByRole('heading', { name: 'Шу пуэр' })).toBeTruthy();
  expect(panel.queryByRole('textbox')).toBeNull();
  expect(screen.queryByRole('button', { name: /^Price of Шу пуэр/ })).toBeNull();
  expect(screen.queryByRole('switch')).toBeNull();
});

test('what a form has no field for is kept, and stock is counted by itself', () => {
  const dated = { ...PUER, on_sale_from: '2026-12-01T00:00:00Z' };
  const clock = 'Europe/Moscow';
  const typed = typedOf(dated, clock);
  expect(typed.onSaleFrom).toBe('2026-12-01T03:00');
  const sold = { ...typed, onSaleFrom: '', onSaleUntil: '2026-12-31T23:59' };
  expect(draftOf(sold, 'RUB', clock, dated)).toMatchObject({
    on_sale_from: null,
    on_sale_until: '2026-12-31T20:59:00.000Z',
  });
  const turned = { ...typed, onSaleUntil: typed.onSaleFrom };
  expect(misfitOf(turned, 'RUB')).toEqual({ onSaleUntil: 'order' });
  expect(draftOf(typed, 'RUB', clock, dated)).toMatchObject({
    on_sale_from: '2026-12-01T00:00:00Z',
    price_minor: 129_050,
    stock: 7,
  });
  expect(
    misfitOf({ ...typedOf(PUER, clock), price: '1,234', cost: '-1', lowStock: 'x' }, 'RUB'),
  ).toEqual({
    price: 'amount',
    cost: 'amount',
    lowStock: 'count',
  });
  expect([countOf(' 1 200 '), countOf(''), countOf('-1'), countOf('1.5')]).toEqual([
    1200,
    null,
    undefined,
    undefined,
  ]);
});

test('the state of a product is the one that matters most', () => {
  const now = Date.parse('2026-11-23T09:00:00Z');
  expect(standingOf(PUER, now)).toBe('onSale');
  expect(standingOf({ ...PUER, stock: 0 }, now)).toBe('soldOut');
  expect(standingOf({ ...PUER, on_sale_from: '2026-12-01T00:00:00Z' }, now)).toBe('later');
  expect(standingOf({ ...PUER, on_sale_until: '2026-11-23T09:00:00Z' }, now)).toBe('over');
  expect(standingOf({ ...PUER, is_hidden: true }, now)).toBe('hidden');
  expect([stockOf(CUP), stockOf({ ...CUP, stock: 9 }), stockOf(PUER)]).toEqual([3, 3, 7]);
  expect(inOrder(CATEGORIES).map(({ name }) => name)).toEqual(['Чай', 'Чай / Пуэр']);
});
