import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import samples, { ROW } from './samples';

const BOT = '/api/v1/bots/7000000001';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  for (const [route, answer] of Object.entries(samples.answers)) api.on(route, () => json(answer));
});

test('each bot with its worker, its pace and what lags', async () => {
  renderApp('/fleet');
  const row = await screen.findByRole('row', { name: '@demo_tea_bot' });
  for (const words of ['worker-1', '90 a minute']) expect(row.textContent).toContain(words);
});

test('a pause says one sentence in both languages, or nothing', async () => {
  api.on(`PUT ${BOT}/pause`, () => json({}));
  renderApp('/fleet?bot=7000000001');
  const form = await screen.findByRole('form', { name: 'Pause' });
  await userEvent.type(within(form).getByRole('textbox', { name: /English/ }), 'Back at nine.');
  await userEvent.click(within(form).getByRole('button', { name: 'Pause the bot' }));
  expect(within(form).getByText(/both languages/)).toBeTruthy();
  expect(api.asked(`PUT ${BOT}/pause`)).toHaveLength(0);
  await userEvent.clear(within(form).getByRole('textbox', { name: /English/ }));
  await userEvent.click(within(form).getByRole('button', { name: 'Pause the bot' }));
  await waitFor(() => expect(api.asked(`PUT ${BOT}/pause`)[0]?.body).toEqual({ text: null }));
});

test('moving is asked about, and a refusal is told in place', async () => {
  api.on(`PUT ${BOT}/shop`, () => problem(409, 'bot_busy', 'there are open orders'));
  renderApp('/fleet?bot=7000000001');
  await userEvent.selectOptions(await screen.findByRole('combobox', { name: 'To' }), 'Book Nook');
  await userEvent.click(screen.getByRole('button', { name: 'Move the bot' }));
  const asked = await screen.findByRole('dialog', { name: 'Move it to Book Nook?' });
  await userEvent.click(within(asked).getByRole('button', { name: 'Move the bot' }));
  expect((await within(asked).findByRole('alert')).textContent).toContain('open orders');
  expect(api.asked(`PUT ${BOT}/shop`)[0]?.body).toEqual({ shop_id: 2 });
});

test('a paused one is started again by one press', async () => {
  api.on('GET /api/v1/fleet', () =>
    json({ bots: [{ ...ROW, paused_at: '2026-11-23T09:00:00Z' }], workers: [] }),
  );
  api.on(`DELETE ${BOT}/pause`, () => json({}));
  renderApp('/fleet?bot=7000000001');
  await userEvent.click(await screen.findByRole('button', { name: 'Answer again' }));
  await waitFor(() => expect(api.asked(`DELETE ${BOT}/pause`)).toHaveLength(1));
});
