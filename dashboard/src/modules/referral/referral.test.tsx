import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { SHOPS } from '../../testing/samples';
import { GIVEN, HELD, INVITERS, SUMS, TEA_WITH_REFERRALS } from './samples';

const BASE = '/api/v1/bots/7000000001/modules/referral';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  api.on('GET /api/v1/shops', () => json([TEA_WITH_REFERRALS, ...SHOPS.slice(1)]));
  api.on(`GET ${BASE}/rewards`, () => json({ rewards: [HELD, GIVEN], next_before: null }));
  api.on(`GET ${BASE}/sums`, () => json(SUMS));
  api.on(`GET ${BASE}/inviters`, () => json(INVITERS));
});

test('rewards say whose they are, why they wait and how they were given', async () => {
  renderApp('/referrals?state=held');
  const held = await screen.findByRole('row', { name: /Order 31/ });
  for (const words of ['Customer 12', 'Customer 40', '★45', 'Waits', 'Same telephone'])
    expect(held.textContent).toContain(words);
  const given = screen.getByRole('row', { name: /Order 28/ });
  expect(given.textContent).toContain('As a promo code');
  expect(within(given).queryByRole('button', { name: 'Give now' })).toBeNull();
  expect(api.asked(`GET ${BASE}/rewards`)[0]?.query.get('state')).toBe('held');
  expect(screen.getByText(/Given: 9, ★410/)).toBeTruthy();
  expect(await screen.findByRole('row', { name: /Анна 14 9 2/ })).toBeTruthy();
});

test.each([
  ['Give now', 'Give it', 'give'],
  ['Reject', 'Reject it', 'reject'],
])('%s is asked once more, then done', async (name, action, route) => {
  api.on(`POST ${BASE}/rewards/5/${route}`, () => json({ ...HELD, state: 'given' }));
  renderApp('/referrals');
  const row = await screen.findByRole('row', { name: /Order 31/ });
  await userEvent.click(within(row).getByRole('button', { name }));
  const dialog = await screen.findByRole('dialog');
  expect(dialog.textContent).toContain('★45');
  expect(api.asked(`POST ${BASE}/rewards/5/${route}`)).toHaveLength(0);
  await userEvent.click(within(dialog).getByRole('button', { name: action }));
  await waitFor(() => expect(api.asked(`POST ${BASE}/rewards/5/${route}`)).toHaveLength(1));
});
