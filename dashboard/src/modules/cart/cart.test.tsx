import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import samples, { CART } from './samples';

const LIST = 'GET /api/v1/bots/7000000001/modules/cart/carts';
let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  for (const [route, answer] of Object.entries(samples.answers)) api.on(route, () => json(answer));
});

test('carts say what lies in them, what it is worth, and come by pages', async () => {
  api.on(LIST, ({ query }) =>
    json(
      query.get('after_buyer_no')
        ? { carts: [{ ...CART, buyer_no: 3 }], next_at: null, next_buyer_no: null }
        : { carts: [CART], next_at: CART.changed_at, next_buyer_no: 17 },
    ),
  );
  const app = renderApp('/carts?state=left&reminded=no&sort=oldest');
  const row = await screen.findByRole('row', { name: 'Customer 17' });
  expect(row.textContent).toContain('Да Хун Пао, Пуэр');
  expect(row.textContent).toContain('1,290.50');
  expect(await screen.findByText(/1 · .*1,290\.50/)).toBeTruthy();
  const asked = Object.fromEntries(api.asked(LIST)[0]?.query ?? []);
  expect(asked).toEqual({ left: 'true', reminded: 'false', sort: 'oldest' });
  await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
  expect(await screen.findByRole('row', { name: 'Customer 3' })).toBeTruthy();
  await userEvent.click(row);
  await waitFor(() => expect(app.address()).toContain('/customers?shops=1&buyer=17'));
});

test('a filter that leaves nothing says to drop it', async () => {
  api.on(LIST, () => json({ carts: [], next_at: null, next_buyer_no: null }));
  renderApp('/carts?buyer=5');
  expect(await screen.findByText('There is no such cart')).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: /Customer 5/ }));
  expect(await screen.findByText('Every cart is empty')).toBeTruthy();
});
