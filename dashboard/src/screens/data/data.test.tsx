import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import type { ShopHealth } from '../../api/model';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { HEALTH, SOUND, STORAGE } from './samples';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  api.on('GET /api/v1/data-health', () => json(HEALTH));
  api.on('GET /api/v1/storage', () => json(STORAGE));
  api.on('PUT /api/v1/shops/1/retention', () => json({}));
});

test('sound data is called sound, with what was compared', async () => {
  renderApp('/data');
  expect(await screen.findByText('All sound')).toBeTruthy();
  const table = await screen.findByRole('region', { name: 'Is it all there: table' });
  expect(within(table).getByRole('row', { name: /Чайная лавка 1,200 0 0 0 34 0 0/ })).toBeTruthy();
  expect(await screen.findByText('12 kB together.', { exact: false })).toBeTruthy();
});

test('what is wrong is named with its money', async () => {
  const shop: ShopHealth = {
    ...SOUND,
    duplicates: 2,
    counted_twice: ['A-1', 'A-7'],
    refunded_beyond: ['A-3'],
    missing: 1,
    differences: [{ currency: 'XTR', orders: 1, amount_minor: 300 }],
    waiting: 5,
    oldest_waiting_seconds: 130,
    sound: false,
  };
  api.on('GET /api/v1/data-health', () => json({ ...HEALTH, sound: false, shops: [shop] }));
  renderApp('/data');
  expect(await screen.findByText('Not sound')).toBeTruthy();
  expect(screen.getByText(/★300 \(1\) · more went back than was paid: A-3/)).toBeTruthy();
  expect(screen.getByText('2 · orders A-1, A-7')).toBeTruthy();
  expect(screen.getByText(/5 · for 2 min/)).toBeTruthy();
});

test('one store away does not blank the other card', async () => {
  api.on('GET /api/v1/data-health', () => problem(503, 'clickhouse_unavailable'));
  renderApp('/data');
  expect(await screen.findByText('What it takes')).toBeTruthy();
  expect(await screen.findByText(/The store of the figures is away/)).toBeTruthy();
});

test('a longer time is taken at once', async () => {
  renderApp('/data');
  const select = await screen.findByRole('combobox', { name: /Чайная лавка/ });
  await userEvent.selectOptions(select, '730');
  await waitFor(() => expect(api.asked('PUT /api/v1/shops/1/retention')).toHaveLength(1));
  expect(api.asked('PUT /api/v1/shops/1/retention')[0]?.body).toEqual({ days: 730 });
});

test('no time is chosen before the version that it is changed over is known', async () => {
  api.on('GET /api/v1/shops', () => new Promise(() => {}));
  renderApp('/data');
  const select = await screen.findByRole('combobox', { name: /^How long the events of/ });
  expect(select).toHaveProperty('disabled', true);
});

test('a shorter time asks first, for it deletes', async () => {
  renderApp('/data');
  const select = await screen.findByRole('combobox', { name: /Чайная лавка/ });
  await userEvent.selectOptions(select, '30');
  expect(await screen.findByText(/older than 30 days will be deleted/)).toBeTruthy();
  expect(api.asked('PUT /api/v1/shops/1/retention')).toHaveLength(0);
  await userEvent.click(screen.getByRole('button', { name: 'Keep less' }));
  await waitFor(() => expect(api.asked('PUT /api/v1/shops/1/retention')).toHaveLength(1));
});

test('a viewer reads the time and cannot change it', async () => {
  api.on('GET /api/v1/me', () => json({ role: 'viewer', label: '', shop_ids: [1] }));
  api.on('GET /api/v1/storage', () => json({ ...STORAGE, tables: [] }));
  renderApp('/data');
  expect(await screen.findByText('365 days')).toBeTruthy();
  expect(screen.queryByRole('combobox', { name: /Чайная лавка/ })).toBeNull();
  expect(screen.queryByText('Largest tables')).toBeNull();
});

test('who sees every shop sees how events arrive, and what holds them up', async () => {
  const shard = {
    shard: 0,
    leader: 'vitrina-shipper host-17',
    lag_seconds: 42,
    waiting: 1200,
    is_estimate: false,
    shipped_rows: 90_000,
    batches: 9,
    last_error: 'ClickHouse: connection refused',
    last_error_at: '2026-11-24T08:59:00Z',
  };
  const blocked_by = { pid: 7, application: 'psql', seconds: 600 };
  api.on('GET /api/v1/data-health', () =>
    json({ ...HEALTH, shipping: { shards: [shard], blocked_by } }),
  );
  renderApp('/data');
  const row = await screen.findByRole('row', { name: /^0 1,200 42 sec/ });
  expect(row.textContent).toContain('10,000');
  expect(row.textContent).toContain('host-17');
  expect(row.textContent).toContain('connection refused');
  expect(screen.getByRole('alert').textContent).toContain('psql has been open for 10 min');
});

test('a shop of less than a day has no forecast', async () => {
  const [shop] = STORAGE.shops;
  api.on('GET /api/v1/storage', () =>
    json({ ...STORAGE, shops: [{ ...shop, events_a_day: 0, bytes_at_most: 0 }] }),
  );
  renderApp('/data');
  const row = await screen.findByRole('row', { name: /12 kB 10.3 0 — — / });
  expect(row).toBeTruthy();
});
