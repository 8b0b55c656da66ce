import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import samples, { WALLET } from './samples';

const POST = 'POST /api/v1/bots/7000000001/modules/wallet/customers/17/entries';
const ASKED = '0198c0de-0000-7000-8000-000000000001';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  for (const [route, answer] of Object.entries(samples.answers)) api.on(route, () => json(answer));
});

test('what the shop owes, and whose it is', async () => {
  renderApp('/wallets');
  const row = await screen.findByRole('row', { name: 'Анна · No. 17' });
  expect(row.textContent).toContain('1,500.00');
  expect((await screen.findByText('in 3 wallets')).parentElement?.textContent).toContain(
    '3,210.00',
  );
});

test('a payout is taken off, never more than is free, and the same press is one entry', async () => {
  api.on(POST, () => problem(503, 'postgres_unavailable'));
  renderApp('/wallets?wallet=5');
  const form = await screen.findByRole('form', { name: 'Change the balance' });
  await userEvent.selectOptions(within(form).getByRole('combobox'), 'payout');
  const amount = within(form).getByRole('textbox', { name: 'Amount, RUB' });
  await userEvent.type(amount, '1400');
  await userEvent.type(within(form).getByRole('textbox', { name: 'Reason' }), 'In cash');
  await userEvent.click(within(form).getByRole('button', { name: /Post it/ }));
  expect(within(form).getByText(/at most/)).toBeTruthy();
  expect(api.asked(POST)).toHaveLength(0);
  await userEvent.clear(amount);
  await userEvent.type(amount, '1 250,50');
  await userEvent.click(within(form).getByRole('button', { name: /Post it/ }));
  expect(await within(form).findByRole('alert')).toBeTruthy();
  api.on(POST, () => json(WALLET));
  await userEvent.click(within(form).getByRole('button', { name: /Post it/ }));
  await waitFor(() => expect(api.asked(POST)).toHaveLength(2));
  const [first, second] = api.asked(POST).map(({ body }) => body as Record<string, unknown>);
  expect(first).toMatchObject({ kind: 'payout', amount_minor: -125_050, reason: 'In cash' });
  expect(second?.key).toBe(first?.key);
});

test('a payout waits for the button in the chat, and is asked for again in the same words', async () => {
  api.on(POST, () =>
    json({ status: 403, code: 'confirmation_needed', confirmation: { id: ASKED } }, 403),
  );
  api.on(`GET /api/v1/access/confirmations/${ASKED}`, () => json({ id: ASKED, state: 'waiting' }));
  renderApp('/wallets?wallet=5');
  const form = within(await screen.findByRole('form', { name: 'Change the balance' }));
  await userEvent.selectOptions(form.getByRole('combobox'), 'payout');
  await userEvent.type(form.getByRole('textbox', { name: 'Amount, RUB' }), '10');
  await userEvent.type(form.getByRole('textbox', { name: 'Reason' }), 'In cash');
  await userEvent.click(form.getByRole('button', { name: /Post it/ }));
  expect(await form.findByText('Waiting for the button in the chat')).toBeTruthy();
  api.on(POST, () => json(WALLET));
  await userEvent.click(form.getByRole('button', { name: /Post it/ }));
  await waitFor(() => expect(api.asked(POST)).toHaveLength(2));
  const [first, second] = api.asked(POST).map(({ body }) => body);
  expect(second).toEqual(first);
});

test('who is no owner reads and changes nothing', async () => {
  api.on('GET /api/v1/me', () => json({ role: 'analyst', label: '', shop_ids: [1] }));
  renderApp('/wallets?wallet=5');
  expect(await screen.findByText('За отзыв')).toBeTruthy();
  expect(screen.queryByRole('form', { name: 'Change the balance' })).toBeNull();
});
