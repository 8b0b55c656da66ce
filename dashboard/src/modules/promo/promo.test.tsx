import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { SHOPS } from '../../testing/samples';
import { clockOf, draftOf, misfitOf, typedOf } from './draft';
import { SPRING, TEA_WITH_PROMO } from './samples';

const LIST = '/api/v1/bots/7000000001/modules/promo/codes';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  api.on('GET /api/v1/shops', () => json([TEA_WITH_PROMO, ...SHOPS.slice(1)]));
  api.on(`GET ${LIST}`, () => json({ codes: [SPRING], next_before: null }));
  api.on(`GET ${LIST}/3`, () => json(SPRING));
});

test('codes are listed with what they give and what came of them', async () => {
  renderApp('/promo?state=active&query=SPR');
  const row = await screen.findByRole('row', { name: 'SPRING' });
  for (const words of ['−10%', '12 of 100', '★640', '★5,760'])
    expect(row.textContent).toContain(words);
  expect(Object.fromEntries(api.asked(`GET ${LIST}`)[0]?.query ?? [])).toEqual({
    state: 'active',
    query: 'SPR',
  });
});

test('a code is made; what does not fit is told at its field', async () => {
  api.on(`POST ${LIST}`, () => json(SPRING, 201));
  renderApp('/promo?code=new');
  const panel = await screen.findByRole('dialog', { name: 'New code' });
  await userEvent.type(within(panel).getByRole('textbox', { name: /^Code/ }), 'SUMMER');
  const share = within(panel).getByRole('textbox', { name: 'Discount, %' });
  await userEvent.clear(share);
  await userEvent.type(share, '101');
  await userEvent.click(within(panel).getByRole('button', { name: 'Make the code' }));
  expect(within(panel).getByText(/A number above 0/)).toBeTruthy();
  expect(api.asked(`POST ${LIST}`)).toHaveLength(0);
  await userEvent.clear(share);
  await userEvent.type(share, '12,5');
  await userEvent.click(within(panel).getByRole('button', { name: 'Make the code' }));
  await waitFor(() => expect(api.asked(`POST ${LIST}`)).toHaveLength(1));
  expect(api.asked(`POST ${LIST}`)[0]?.body).toMatchObject({
    code: 'SUMMER',
    kind: 'percent',
    share_bp: 1_250,
    most_per_buyer: 1,
    most_uses: null,
  });
});

test('a code is switched off from beside the list', async () => {
  api.on(`POST ${LIST}/3/off`, () => json({ ...SPRING, is_active: false }));
  renderApp('/promo?code=3');
  await userEvent.click(await screen.findByRole('button', { name: 'Switch off' }));
  await waitFor(() => expect(api.asked(`POST ${LIST}/3/off`)).toHaveLength(1));
});

test('a file is looked at first, then done just so', async () => {
  const report = { plan: 'a'.repeat(64), added: 2, changed: 0, left: 0, refused: 1 };
  const rows = [
    { line: 4, outcome: 'refused', code: 'X', column: 'value', problem: 'p', detail: 'write 10' },
  ];
  api.on(`POST ${LIST}.csv`, () => json({ ...report, ignored_columns: ['shade'], rows }));
  renderApp('/promo');
  await userEvent.click(await screen.findByRole('button', { name: 'Codes from a file' }));
  const dialog = await screen.findByRole('dialog', { name: 'Codes from a file' });
  const input = document.querySelector('input[type="file"]') as HTMLInputElement;
  await userEvent.upload(input, new File(['"code"'], 'codes.csv', { type: 'text/csv' }));
  await userEvent.click(within(dialog).getByRole('button', { name: 'What would it do?' }));
  expect(await within(dialog).findByText(/To be added: 2/)).toBeTruthy();
  expect(within(dialog).getByText('value: write 10')).toBeTruthy();
  const doIt = within(dialog).getByRole('button', { name: 'Take 2 codes' });
  expect(doIt).toHaveProperty('disabled', true);
  await userEvent.click(within(dialog).getByRole('switch', { name: /Take the others/ }));
  await userEvent.click(doIt);
  await waitFor(() => expect(api.asked(`POST ${LIST}.csv`)).toHaveLength(2));
  const [first, second] = api.asked(`POST ${LIST}.csv`);
  expect(first?.query.get('dry_run')).toBe('true');
  expect(second?.query.get('plan')).toBe(report.plan);
  expect(second?.query.get('keep_good')).toBe('true');
});

test('an opened code says again what the server has', () => {
  const typed = typedOf(SPRING, 'XTR', 'Europe/Moscow');
  expect(typed.ends).toBe('2027-01-01T00:00');
  expect(clockOf('2026-11-23T21:30:00Z', 'Europe/Moscow')).toBe('2026-11-24T00:30');
  expect(misfitOf(typed, 'XTR')).toEqual({});
  const ranged = { ...SPRING, product_ids: [5], buyer_no: 7 };
  expect(draftOf(typed, 'XTR', ranged)).toMatchObject({
    code: 'SPRING',
    share_bp: 1_000,
    product_ids: [5],
    buyer_no: 7,
    currency: null,
  });
});
