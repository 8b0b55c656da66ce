import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { initLanguage } from '../i18n';
import { FakeApi, json } from '../testing/FakeApi';
import { renderApp } from '../testing/renderApp';
import carts from './cart/samples';
import orders from './orders/samples';
import referral, { GIVEN } from './referral/samples';
import wallets from './wallet/samples';

const REWARDS = 'GET /api/v1/bots/7000000001/modules/referral/rewards';
const dear = { rewards: [{ ...GIVEN, amount_minor: 4_550, currency: 'RUB' }], next_before: null };

let api: FakeApi;
let saved: Blob[];

beforeEach(async () => {
  await initLanguage('en');
  saved = [];
  URL.createObjectURL = (file) => `blob:${saved.push(file as Blob)}`;
  URL.revokeObjectURL = () => {};
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockReturnValue();
  api = new FakeApi();
  // An owner's file of orders is the server's own.
  api.on('GET /api/v1/me', () => json({ role: 'analyst', label: '', shop_ids: [1] }));
});

afterEach(() => vi.restoreAllMocks());

async function readCsv(file: Blob): Promise<string[][]> {
  const text = await file.text();
  const lines = text.replace('\ufeff', '').split('\r\n');
  return lines.map((line) =>
    [...line.matchAll(/(?:^|,)("(?:[^"]|"")*"|[^,]*)/g)].map(([, cell = '']) => cell),
  );
}

test.each([
  ['/wallets', 'Balance', 1_500, wallets.answers],
  ['/wallets', 'Held', 200, wallets.answers],
  ['/orders', 'Total', 1_290.5, orders.answers],
  ['/carts', 'Worth', 1_290.5, carts.answers],
  ['/referrals', 'Reward', 45.5, { ...referral.answers, [REWARDS]: dear }],
])('%s: in the file, “%s” is in major units with its currency', async (at, title, sum, answers) => {
  for (const [route, answer] of Object.entries(answers)) api.on(route, () => json(answer));
  renderApp(at);
  await screen.findAllByText(title);
  for (const button of screen.getAllByRole('button', { name: /CSV|file/i })) {
    await userEvent.click(button);
  }
  const files = await Promise.all(saved.map(readCsv));
  const [titles = [], row = []] = files.find(([first]) => first?.includes(title)) ?? [];
  expect(Number(row[titles.indexOf(title)])).toBe(sum);
  expect(row[titles.indexOf('Currency')]).toBe('RUB');
});
