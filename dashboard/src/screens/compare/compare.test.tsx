import { screen } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { setCurrencies } from '../../format/money';
import { initLanguage } from '../../i18n';
import { CURRENCIES, FakeApi, json, problem } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { exchanged, exchangeOf } from './queries';
import samples, { figures } from './samples';

const QUERY = 'GET /api/v1/metrics/query';
let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  for (const [route, answer] of Object.entries(samples.answers)) api.on(route, () => json(answer));
  api.on(QUERY, ({ query }) => json(figures(query.get('shops') === '1' ? 'XTR' : 'RUB')));
});

test('shops stand side by side in one currency, by a rate with its day', async () => {
  renderApp('/compare?currency=RUB');
  const rows = await screen.findAllByRole('row');
  expect(await screen.findByText(/1 ★ = 1.5 RUB, .* since 1 Jan 2026/)).toBeTruthy();
  // 1200 Stars are 1800 roubles, beside 12 of the other shop.
  expect(await screen.findByText('99.3%')).toBeTruthy();
  expect(rows[1]?.textContent).toContain('1,800.00');
  expect(rows[1]?.textContent).toContain('+20%');
  expect(rows[1]?.textContent).toContain('×20');
  expect(rows[2]?.textContent).toContain('12.00');
});

test('without a rate there is no common sum, and the screen says so', async () => {
  api.on('GET /api/v1/shops/2/rates', () => json([]));
  renderApp('/compare');
  expect(await screen.findByText(/No owner has set a rate between RUB and ★/)).toBeTruthy();
  expect(screen.queryByText('99.3%')).toBeNull();
});

test('a shop that fails leaves the others alone', async () => {
  api.on(QUERY, ({ query }) =>
    query.get('shops') === '1' ? json(figures('XTR')) : problem(503, 'clickhouse_unavailable'),
  );
  renderApp('/compare');
  expect(await screen.findByText('★1,200')).toBeTruthy();
  expect(await screen.findByText(/The store of the figures is away/)).toBeTruthy();
});

test('one shop is no comparison', async () => {
  renderApp('/compare?shops=1');
  expect(await screen.findByText('Choose two shops or more')).toBeTruthy();
});

test('a rate holds from its day on, in either direction', () => {
  setCurrencies(CURRENCIES);
  const rate = (value: string, day: string) => ({
    shop_id: 2,
    base_currency: 'RUB',
    currency: 'XTR',
    rate: value,
    valid_from: day,
  });
  const rates = [rate('2', '2026-02-01'), rate('1.5', '2026-01-01')];
  expect(exchangeOf(rates, 'XTR', 'RUB', '2026-01-31')?.rate).toBe(1.5);
  expect(exchangeOf(rates, 'RUB', 'XTR', '2026-03-01')?.rate).toBe(0.5);
  expect(exchangeOf(rates, 'XTR', 'RUB', '2025-12-31')).toBeNull();
  expect(exchangeOf([], 'RUB', 'RUB', '2026-01-01')?.rate).toBe(1);
  expect(exchanged(1200, 'XTR', 'RUB', 1.5)).toBe(180_000);
});
