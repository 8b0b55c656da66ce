import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../i18n';
import orders, { ROW } from '../modules/orders/samples';
import customers, { ANNA } from '../screens/customers/samples';
import { FakeApi, json } from '../testing/FakeApi';
import { renderApp } from '../testing/renderApp';

const ORDERS = 'GET /api/v1/bots/7000000001/modules/orders/orders';
const CUSTOMERS = 'GET /api/v1/shops/1/customers';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  for (const samples of [customers, orders])
    for (const [route, answer] of Object.entries(samples.answers))
      api.on(route, () => json(answer));
  api.on('GET /api/v1/shops/2/customers', () => json({ customers: [], next: null }));
});

test.each([
  ['order', ORDERS, `/orders?bot=7000000001&order=${ROW.id}`],
  ['customer', CUSTOMERS, `/customers?shop=1&buyer=${ANNA.buyer_no}`],
])('by ⌘K the server is asked, too: a found %s opens', async (kind, route, at) => {
  const { address } = renderApp('/');
  await screen.findByRole('heading', { name: 'Overview' });
  await userEvent.keyboard('{Control>}k{/Control}');
  const list = within(await screen.findByRole('dialog', { name: 'Go to' }));
  expect(api.asked(route)).toHaveLength(0);
  await userEvent.type(list.getByRole('combobox'), 'zz17');
  const found = await list.findByRole('option', { name: new RegExp(`${kind}$`) });
  expect(api.asked(route)).toHaveLength(1);
  await userEvent.click(found);
  await waitFor(() => expect(address()).toBe(at));
});

test('what was found for an earlier text is not opened for the next one', async () => {
  api.on(ORDERS, ({ query }) =>
    json(query.get('text') === 'zz17' ? orders.answers[ORDERS] : { orders: [], next_before: null }),
  );
  api.on(CUSTOMERS, () => json({ customers: [], next: null }));
  const { address } = renderApp('/');
  await screen.findByRole('heading', { name: 'Overview' });
  await userEvent.keyboard('{Control>}k{/Control}');
  const list = within(await screen.findByRole('dialog', { name: 'Go to' }));
  await userEvent.type(list.getByRole('combobox'), 'zz17');
  await list.findByRole('option', { name: /order$/ });
  await userEvent.keyboard('8{Enter}');
  expect(list.queryByRole('option')).toBeNull();
  expect(address()).toBe('/');
  await list.findByText('Nothing was found. Try another word.');
});
