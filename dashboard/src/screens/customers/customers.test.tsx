import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { ANNA, NOT_ERASED } from './samples';

const LIST = '/api/v1/shops/1/customers';
let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  api.on(`GET ${LIST}`, ({ query }) =>
    json({ customers: [ANNA], next: query.get('after') ? null : 'c2' }),
  );
  api.on(`GET ${LIST}/17`, () => json(ANNA));
  api.on(`GET ${LIST}/17/history`, () =>
    json({
      events: [
        {
          at: '2026-11-23T09:00:00Z',
          event: 'order_paid',
          bot_id: 1,
          session_no: 1,
          order_no: 7,
          product: null,
          quantity: null,
          amount_minor: 150,
          currency: 'XTR',
          outcome: null,
        },
      ],
      next: null,
    }),
  );
  api.on(`GET ${LIST}/17/erasure`, () => json(NOT_ERASED));
});

test('customers are listed with what they paid and kept, by currency', async () => {
  renderApp('/customers?bought=true&words=анна&sort=bought');
  const row = await screen.findByRole('row', { name: 'Анна' });
  expect(row.textContent).toContain('★250 + ₽100.50');
  expect(Object.fromEntries(api.asked(`GET ${LIST}`)[0]?.query ?? [])).toEqual({
    words: 'анна',
    bought: 'true',
    sort: 'bought',
  });
});

test('one customer shows all that they did', async () => {
  renderApp('/customers?buyer=17');
  const panel = await screen.findByRole('dialog', { name: 'Customer' });
  expect(await within(panel).findByText('Paid an order')).toBeTruthy();
  expect(panel.textContent).toContain('order No. 7 · ★150');
});

test('a person is erased only after being asked, and waits for the button in the chat', async () => {
  api.on(`POST ${LIST}/17/erasure`, () => problem(403, 'confirmation_needed'));
  renderApp('/customers?buyer=17');
  await userEvent.click(await screen.findByRole('button', { name: 'Erase this person' }));
  expect(api.asked(`POST ${LIST}/17/erasure`)).toHaveLength(0);
  const dialog = await screen.findByRole('dialog', { name: 'Erase Анна?' });
  await userEvent.click(within(dialog).getByRole('button', { name: 'Erase this person' }));
  await waitFor(() => expect(api.asked(`POST ${LIST}/17/erasure`)).toHaveLength(1));
  expect(await screen.findByText(/Confirm this by the button/)).toBeTruthy();
});
