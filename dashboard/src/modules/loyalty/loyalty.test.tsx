import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { SHOPS } from '../../testing/samples';
import { LOTS, MEMBER, SUMS, TEA_WITH_LOYALTY } from './samples';

const BASE = '/api/v1/bots/7000000001/modules/loyalty';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  api.on('GET /api/v1/shops', () => json([TEA_WITH_LOYALTY, ...SHOPS.slice(1)]));
  api.on(`GET ${BASE}/lots`, () => json({ lots: LOTS, next_before: null }));
  api.on(`GET ${BASE}/sums`, () => json(SUMS));
  api.on(`GET ${BASE}/customers/12`, () => json(MEMBER));
});

test('points are listed with what they are for, and all of them above', async () => {
  renderApp('/loyalty');
  const row = await screen.findByRole('row', { name: 'Customer 12, 45 points' });
  for (const words of ['Анна', '45', 'Order 31']) expect(row.textContent).toContain(words);
  expect(screen.getByText(/can be spent: 5,210/)).toBeTruthy();
  expect(screen.getByRole('row', { name: 'Customer 12, 100 points' }).textContent).toContain(
    'never',
  );
});

test('an owner gives points with a reason, another reason is another entry, and a refusal keeps what was typed', async () => {
  let answer = json({ code: 'too_few_points', title: 'x', status: 422 }, 422);
  api.on(`POST ${BASE}/customers/12/points`, () => answer);
  renderApp('/loyalty?buyer=12');
  const panel = await screen.findByRole('dialog', { name: 'Points of a customer' });
  expect(await within(panel).findByText('Silver, 7%')).toBeTruthy();
  const change = within(panel).getByRole('button', { name: 'Change the points' });
  expect(change).toHaveProperty('disabled', true);
  await userEvent.type(within(panel).getByRole('textbox', { name: 'Points' }), '-200');
  await userEvent.type(within(panel).getByRole('textbox', { name: /^Why/ }), 'A mistake');
  await userEvent.click(change);
  expect(await within(panel).findByRole('alert')).toBeTruthy();
  expect(within(panel).getByRole('textbox', { name: 'Points' })).toHaveProperty('value', '-200');
  await userEvent.click(change);
  await waitFor(() => expect(api.asked(`POST ${BASE}/customers/12/points`)).toHaveLength(2));
  answer = json(MEMBER);
  await userEvent.type(within(panel).getByRole('textbox', { name: /^Why/ }), ' of ours');
  await userEvent.click(change);
  await waitFor(() => expect(api.asked(`POST ${BASE}/customers/12/points`)).toHaveLength(3));
  const [first, second, third] = api
    .asked(`POST ${BASE}/customers/12/points`)
    .map(({ body }) => body as Record<string, unknown> | undefined);
  expect(second).toMatchObject({ points: -200, reason: 'A mistake' });
  expect(second?.key).toBe(first?.key);
  expect(third).toMatchObject({ points: -200, reason: 'A mistake of ours' });
  expect(third?.key).not.toBe(first?.key);
});
