import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { initLanguage } from '../i18n';
import { FakeApi, json } from '../testing/FakeApi';
import { renderApp } from '../testing/renderApp';
import { saveCsv } from '../ui/table/saveCsv';
import carts from './cart/samples';
import orders from './orders/samples';
import referral, { GIVEN } from './referral/samples';
import wallets from './wallet/samples';

vi.mock('../ui/table/saveCsv', () => ({ saveCsv: vi.fn() }));

const REWARDS = 'GET /api/v1/bots/7000000001/modules/referral/rewards';
const dear = { rewards: [{ ...GIVEN, amount_minor: 4_550, currency: 'RUB' }], next_before: null };

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  vi.mocked(saveCsv).mockClear();
  api = new FakeApi();
  // An owner's file of orders is the server's own.
  api.on('GET /api/me', () => json({ role: 'analyst', label: '', shop_ids: [1] }));
});

test.each([
  ['/wallets', 'Balance', 1_500, wallets.answers],
  ['/wallets', 'Held', 200, wallets.answers],
  ['/orders', 'Total', 1_290.5, orders.answers],
  ['/carts', 'Worth', 1_290.5, carts.answers],
  ['/referrals', 'Reward', 45.5, { ...referral.answers, [REWARDS]: dear }],
])('%s: in the file, “%s” is in major units with its currency', async (at, title, sum, answers) => {
  for (const [route, answer] of Object.entries(answers)) api.on(route, () => json(answer));
  renderApp(at);
  const [save] = await screen.findAllByRole('button', { name: /CSV|file/i });
  await userEvent.click(save as HTMLElement);
  const [titles, row] = vi.mocked(saveCsv).mock.calls[0]?.[1] ?? [];
  expect(row?.[titles?.indexOf(title) ?? -1]).toBe(sum);
  expect(row?.[titles?.indexOf('Currency') ?? -1]).toBe('RUB');
});
