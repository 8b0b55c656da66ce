import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem, SHOPS, TEA } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { ROW, VIEW } from './samples';

const LIST = '/api/v1/bots/7000000001/modules/orders/orders';
let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  const tea = { ...TEA, bots: TEA.bots.map((bot) => ({ ...bot, modules: ['orders'] })) };
  api.on('GET /api/v1/shops', () => json([tea, ...SHOPS.slice(1)]));
  api.on(`GET ${LIST}`, ({ query }) =>
    json(
      query.get('before')
        ? { orders: [{ ...ROW, id: 40, order_no: 6 }], next_before: null }
        : { orders: [ROW], next_before: 41 },
    ),
  );
  api.on(`GET ${LIST}/41`, () => json(VIEW));
});

test('orders come by pages, and what is asked for stands in the address', async () => {
  renderApp('/orders?status=paid&needs=true&text=чай');
  expect(await screen.findByRole('row', { name: 'No. 7' })).toBeTruthy();
  const [asked] = api.asked(`GET ${LIST}`);
  expect(Object.fromEntries(asked?.query ?? [])).toEqual({
    all_bots: 'true',
    status: 'paid',
    needs_attention: 'true',
    text: 'чай',
  });
  await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
  expect(await screen.findByRole('row', { name: 'No. 6' })).toBeTruthy();
  const file = screen.getByRole('link', { name: 'CSV' }).getAttribute('href');
  expect(file).toContain('status=paid');
});

test('an order is moved on from beside the list', async () => {
  api.on(`POST ${LIST}/41/stage`, () => json(VIEW));
  renderApp('/orders');
  await userEvent.click(await screen.findByRole('row', { name: 'No. 7' }));
  const panel = await screen.findByRole('dialog', { name: 'Order' });
  expect(await within(panel).findByText('Tver, Lenina 1')).toBeTruthy();
  await userEvent.click(within(panel).getByRole('button', { name: 'Being prepared' }));
  await waitFor(() => expect(api.asked(`POST ${LIST}/41/stage`)).toHaveLength(1));
  expect(api.asked(`POST ${LIST}/41/stage`)[0]?.body).toEqual({ stage: 'processing' });
});

test('a part of the money goes back, and a wrong amount is not sent', async () => {
  api.on(`POST ${LIST}/41/refunds`, () => problem(422, 'not_refundable', 'less is left'));
  renderApp('/orders?order=41');
  await userEvent.click(await screen.findByRole('button', { name: /^Refund of/ }));
  const amount = await screen.findByRole('textbox', { name: /^Amount/ });
  const button = screen.getByRole('button', { name: 'Refund' });
  await userEvent.clear(amount);
  await userEvent.type(amount, '1290.51');
  expect(button).toHaveProperty('disabled', true);
  await userEvent.clear(amount);
  await userEvent.type(amount, '90,5');
  await userEvent.click(button);
  await waitFor(() => expect(api.asked(`POST ${LIST}/41/refunds`)).toHaveLength(1));
  expect(api.asked(`POST ${LIST}/41/refunds`)[0]?.body).toMatchObject({
    payment_id: 5,
    amount_minor: 9_050,
  });
  expect(await screen.findByText(/less is left/)).toBeTruthy();
});

test('money that goes back by itself is looked after until it is back', async () => {
  const refund = {
    ...{ id: 1, order_id: 41, payment_id: 5, amount_minor: 540, goods_minor: 540, tax_minor: 0 },
    ...{ shipping_minor: 0, tip_minor: 0, units: 1, puts_back: false, reason: '', error: null },
    ...{ charge_id: 'c', provider: 'stars', way: 'stars', asked_by: 'owner', done_at: null },
    created_at: '2026-11-23T09:02:00Z',
  };
  let state = 'asked';
  api.on(`GET ${LIST}/41`, () => json({ ...VIEW, refunds: [{ ...refund, state }] }));
  renderApp('/orders?order=41');
  await screen.findByText('On its way');
  state = 'done';
  await screen.findByText('Is back', {}, { timeout: 4000 });
});

test('who only looks changes nothing, and gets no file of names', async () => {
  api.on('GET /api/v1/me', () => json({ role: 'viewer', label: '', shop_ids: [1] }));
  renderApp('/orders?order=41');
  expect(await screen.findByText('What happened')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Being prepared' })).toBeNull();
  expect(screen.queryByRole('button', { name: /^Refund of/ })).toBeNull();
  expect(screen.queryByRole('link', { name: 'CSV' })).toBeNull();
});

test('where no bot takes orders, the page says what to do', async () => {
  api.on('GET /api/v1/shops', () => json(SHOPS.slice(1)));
  renderApp('/orders');
  expect(await screen.findByText('No bot here has this switched on')).toBeTruthy();
});

test('goods that were kept back are handed over by the owner', async () => {
  const kept = { ...VIEW, order: { ...VIEW.order, attention: 'undelivered' } };
  api.on(`GET ${LIST}/41`, () => json(kept));
  const handOver = 'POST /api/v1/bots/7000000001/modules/delivery/deliveries/41/hand-over';
  api.on(handOver, () => json(true));
  renderApp('/orders?order=41');
  expect(await screen.findByText('What happened')).toBeTruthy();
  // The bot of the sample hands nothing out by itself.
  expect(screen.queryByRole('button', { name: 'Hand over the goods' })).toBeNull();
  cleanup();
  api.on('GET /api/v1/shops', () =>
    json([{ ...TEA, bots: TEA.bots.map((bot) => ({ ...bot, modules: ['orders', 'delivery'] })) }]),
  );
  renderApp('/orders?order=41');
  await userEvent.click(await screen.findByRole('button', { name: 'Hand over the goods' }));
  await waitFor(() => expect(api.asked(handOver)).toHaveLength(1));
});
