import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { DICTIONARY } from '../dictionary/samples';
import { FUNNEL, steps } from './samples';
import { parseFunnelSearch, stepsOf } from './search';

const ROUTE = '/api/v1/shops/1/funnel';
let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  api.on(`GET ${ROUTE}`, () => json(FUNNEL));
  api.on('GET /api/v1/dictionary', () => json(DICTIONARY));
});

test('each step has its people and both shares, and each link its own funnel', async () => {
  const app = renderApp('/funnel?by=source');
  const items = await screen.findAllByRole('listitem');
  expect(items.some(({ textContent }) => textContent?.startsWith('Cart60'))).toBe(true);
  expect(screen.getByText('50% of the step before · 30% of the first')).toBeTruthy();
  expect(screen.getByText(/can only grow/)).toBeTruthy();
  expect(screen.getByText('3 more are smaller and not listed.')).toBeTruthy();
  const table = screen.getByRole('table', { name: 'By link' });
  expect(within(table).getByText('Without a link')).toBeTruthy();
  await userEvent.click(within(table).getByRole('row', { name: 'Without a link' }));
  expect(app.address()).toContain('/funnel');
  await userEvent.click(within(table).getByRole('row', { name: 'spring' }));
  await waitFor(() => expect(app.address()).toContain('/customers?shops=1&source=spring'));
});

test('steps, time and breakdown are asked for', async () => {
  renderApp('/funnel');
  await userEvent.click(await screen.findByRole('checkbox', { name: 'Cart' }));
  await userEvent.selectOptions(screen.getByLabelText('Within which time'), '30');
  await waitFor(() => {
    const query = api.asked(`GET ${ROUTE}`).at(-1)?.query;
    expect(query?.get('steps')).toBe('start,catalog,product,checkout,payment,paid');
    expect(query?.get('within_days')).toBe('30');
  });
});

test('of one product there are three steps, and two always stay', async () => {
  api.on(`GET ${ROUTE}`, () => json({ ...FUNNEL, by: 'product', steps: steps(4, 2), parts: [] }));
  renderApp('/funnel?by=product&steps=product,paid');
  expect(await screen.findByText(/a person counts once for each product/)).toBeTruthy();
  expect(screen.queryByRole('checkbox', { name: 'Checkout' })).toBeNull();
  expect(screen.getByRole('checkbox', { name: 'Paid' })).toHaveProperty('disabled', true);
  expect(api.asked(`GET ${ROUTE}`)[0]?.query.get('steps')).toBe('product,paid');
});

test('a time in which nobody came says what to do', async () => {
  api.on(`GET ${ROUTE}`, () => json({ ...FUNNEL, steps: steps(0, 0), parts: [] }));
  renderApp('/funnel');
  expect(await screen.findByText('Nobody took the first step in these days')).toBeTruthy();
});

test('steps that cannot be meant are all steps', () => {
  const chosenOf = (raw: Record<string, unknown>) => stepsOf(parseFunnelSearch(raw)).chosen;
  expect(chosenOf({ steps: 'paid,teapot' })).toHaveLength(7);
  expect(chosenOf({ steps: 'paid,start' })).toEqual(['start', 'paid']);
  expect(chosenOf({ steps: 'start,catalog', by: 'product' })).toEqual(['product', 'cart', 'paid']);
});
