import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import type { NewRate, Rate } from '../../api/model';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem, TEA } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { IMPRINT } from './samples';

let api: FakeApi;

beforeEach(async () => {
  api = new FakeApi();
  await initLanguage('en');
  api.on('GET /api/v1/shops', () => json([TEA]));
  api.on('GET /api/v1/shops/1/imprint', () => json(IMPRINT));
  api.on('GET /api/v1/bots/7000000001/staff', () => json({ chats: [], members: [] }));
});

const open = async (name: string) => userEvent.click(await screen.findByRole('button', { name }));

test('what a change of the time zone does is read first, and then confirmed', async () => {
  const text = { en: 'Days from 2025-12-01 on are counted again.', ru: 'Дни пересчитаются.' };
  api.on('POST /api/v1/shops/1/calendar/preview', ({ body }) =>
    json({ ...(body as object), recount_from: '2025-12-01', text }),
  );
  api.on('PUT /api/v1/shops/1/calendar', () => json(TEA));
  renderApp('/shops/settings');
  await open('Time zone and currency');
  const form = within(await screen.findByRole('region', { name: 'Time zone and currency' }));
  const look = form.getByRole('button', { name: 'What would change?' });
  expect(look.hasAttribute('disabled')).toBe(true);
  await userEvent.selectOptions(form.getByLabelText('Time zone'), 'Asia/Tokyo');
  await userEvent.click(look);
  await form.findByText(text.en);
  expect(api.asked('PUT /api/v1/shops/1/calendar')).toEqual([]);

  // Another wish needs another look.
  await userEvent.selectOptions(form.getByLabelText('Currency'), 'RUB');
  expect(form.queryByText(text.en)).toBeNull();
  await userEvent.click(form.getByRole('button', { name: 'What would change?' }));
  await userEvent.click(await form.findByRole('button', { name: 'Change and count again' }));
  await waitFor(() =>
    expect(api.asked('PUT /api/v1/shops/1/calendar').map(({ body }) => body)).toEqual([
      { timezone: 'Asia/Tokyo', currency: 'RUB', recount_from: '2025-12-01' },
    ]),
  );
  await screen.findByRole('button', { name: 'Time zone and currency' });
});

test('a change that is refused says why, and nothing is lost', async () => {
  api.on('POST /api/v1/shops/1/calendar/preview', () => problem(422, 'validation', 'no such zone'));
  renderApp('/shops/settings');
  await open('Time zone and currency');
  await userEvent.selectOptions(await screen.findByLabelText('Currency'), 'RUB');
  await userEvent.click(screen.getByRole('button', { name: 'What would change?' }));
  await screen.findByRole('alert');
  expect((screen.getByLabelText('Currency') as HTMLSelectElement).value).toBe('RUB');
});

test('rates are listed, added from a day on, and deleted', async () => {
  const common = { shop_id: 1, base_currency: 'XTR' };
  let rates: Rate[] = [
    { ...common, currency: 'USD', valid_from: '2026-11-01', rate: '77.500000000000' },
  ];
  api.on('GET /api/v1/shops/1/rates', () => json(rates));
  api.on('PUT /api/v1/shops/1/rates', ({ body }) => {
    const { rate, ...others } = body as NewRate;
    rates = [...rates, { ...common, ...others, rate: String(rate) }];
    return json(rates);
  });
  api.on('DELETE /api/v1/shops/1/rates/USD/2026-11-01', () => {
    rates = rates.slice(1);
    return json(rates);
  });
  renderApp('/shops/settings');
  await open('Exchange rates');
  await screen.findByText('1 USD = 77.5 XTR');
  await userEvent.selectOptions(screen.getByLabelText('Currency'), 'RUB');
  await userEvent.type(screen.getByLabelText('One of it in XTR'), 'much');
  await userEvent.type(screen.getByLabelText('From (day)'), '2026-11-20');
  await userEvent.click(screen.getByRole('button', { name: 'Add the rate' }));
  screen.getByText('A rate is a number above zero, like 1.8');
  await userEvent.clear(screen.getByLabelText('One of it in XTR'));
  await userEvent.type(screen.getByLabelText('One of it in XTR'), '0,55');
  await userEvent.click(screen.getByRole('button', { name: 'Add the rate' }));
  await screen.findByText('1 RUB = 0.55 XTR');
  await userEvent.click(screen.getByRole('button', { name: /^Delete 1 USD = 77.5 XTR/ }));
  await waitFor(() => expect(screen.queryByText('1 USD = 77.5 XTR')).toBeNull());
  expect(api.asked('PUT /api/v1/shops/1/rates').map(({ body }) => body)).toEqual([
    { currency: 'RUB', valid_from: '2026-11-20', rate: '0.55' },
  ]);
});

test('a viewer changes neither', async () => {
  api.on('GET /api/v1/me', () => json({ role: 'viewer', label: 'x', shop_ids: null }));
  renderApp('/shops/settings');
  await screen.findByText(/Only an owner may do this/);
  expect(screen.queryByRole('button', { name: 'Exchange rates' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Time zone and currency' })).toBeNull();
});

test('a failed job is tried again or given up, and a missing rate is named', async () => {
  const common = { shop_id: 1, bot_id: 7000000001, at: '2026-11-23T08:00:00Z', count: 3 };
  const title = { en: 'Gifts', ru: 'Подарки' };
  let items: { job_id?: number }[] = [
    { ...common, kind: 'job_failed', reason: 'no', title, job_id: 4 } as object,
    {
      ...common,
      kind: 'job_failed',
      reason: 'never',
      title,
      job_id: 5,
      is_periodic: true,
    } as object,
    { ...common, bot_id: 0, kind: 'rate_missing', reason: 'KZT, USD', currency: 'RUB' } as object,
  ];
  api.on('GET /api/v1/attention', () => json(items));
  api.on(
    'POST /api/v1/attention/jobs/7000000001/4/retry',
    () => new Response(null, { status: 204 }),
  );
  api.on('DELETE /api/v1/attention/jobs/7000000001/4', () => {
    items = items.filter(({ job_id }) => job_id !== 4);
    return new Response(null, { status: 204 });
  });
  renderApp('/shops');
  const list = within(await screen.findByRole('region', { name: 'Needs you' }));
  list.getByText('Чайная лавка: an exchange rate is missing');
  list.getByText(/Sums in RUB are unknown.*sales in KZT, USD/);
  expect(list.getAllByRole('button', { name: 'Try again now' })).toHaveLength(2);
  await userEvent.click(list.getAllByRole('button', { name: 'Try again now' })[0] as HTMLElement);
  await list.findByText('It is tried at once.');
  await userEvent.click(list.getByRole('button', { name: 'Give up' }));
  await waitFor(() => expect(list.queryByText(/trouble: no\./)).toBeNull());
  list.getByText(/trouble: never/);
});
