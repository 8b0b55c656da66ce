import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import samples, { VIEW } from './samples';

const SUPPORT = '/api/v1/bots/7000000001/modules/support';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  for (const [route, answer] of Object.entries(samples.answers)) api.on(route, () => json(answer));
  api.on(`GET ${SUPPORT}/tickets/9`, () => json(VIEW));
  api.on(`GET ${SUPPORT}/answers`, () =>
    json([{ id: 3, title: 'Shipping', text: { ru: '', en: 'In three days.' }, position: 0 }]),
  );
});

test('questions are listed, with how many wait and how they are rated', async () => {
  renderApp('/support?state=waiting&buyer=17');
  const row = await screen.findByRole('row', { name: 'No. 4' });
  expect(row.textContent).toContain('Когда придёт мой чай?');
  expect(row.textContent).toContain('Order No. 7');
  expect(await screen.findByText(/1 waits for an answer/)).toBeTruthy();
  expect(Object.fromEntries(api.asked(`GET ${SUPPORT}/tickets`)[0]?.query ?? [])).toEqual({
    state: 'waiting',
    buyer_no: '17',
  });
});

test('a question is answered in own words, and what was typed is kept if it is refused', async () => {
  api.on(`POST ${SUPPORT}/tickets/9/answer`, () => problem(409, 'nobody_there'));
  renderApp('/support?ticket=9');
  const box = await screen.findByRole('textbox', { name: /^Answer/ });
  await userEvent.type(box, 'Tomorrow.');
  await userEvent.click(screen.getByRole('switch', { name: /Close the question/ }));
  await userEvent.click(screen.getByRole('button', { name: 'Send' }));
  await waitFor(() => expect(api.asked(`POST ${SUPPORT}/tickets/9/answer`)).toHaveLength(1));
  expect(api.asked(`POST ${SUPPORT}/tickets/9/answer`)[0]?.body).toEqual({
    text: 'Tomorrow.',
    closes: true,
  });
  expect(await screen.findByRole('alert')).toBeTruthy();
  expect(box).toHaveProperty('value', 'Tomorrow.');
});

test('a ready answer needs no words', async () => {
  api.on(`POST ${SUPPORT}/tickets/9/answer`, () => json(VIEW));
  renderApp('/support?ticket=9');
  const ready = await screen.findByRole('combobox', { name: 'Ready answers' });
  await userEvent.selectOptions(ready, '3');
  expect(screen.queryByRole('textbox', { name: /^Answer/ })).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Send' }));
  await waitFor(() => expect(api.asked(`POST ${SUPPORT}/tickets/9/answer`)).toHaveLength(1));
  expect(api.asked(`POST ${SUPPORT}/tickets/9/answer`)[0]?.body).toEqual({
    ready_id: 3,
    closes: false,
  });
});

test('a closed one is opened again first', async () => {
  const closed = { ...VIEW, ticket: { ...VIEW.ticket, state: 'closed' } };
  api.on(`GET ${SUPPORT}/tickets/9`, () => json(closed));
  api.on(`POST ${SUPPORT}/tickets/9/reopen`, () => json(VIEW));
  renderApp('/support?ticket=9');
  const panel = await screen.findByRole('dialog', { name: 'Question' });
  await userEvent.click(await within(panel).findByRole('button', { name: 'Open again' }));
  await waitFor(() => expect(api.asked(`POST ${SUPPORT}/tickets/9/reopen`)).toHaveLength(1));
});

test('who is no owner sees that there are questions, not what was written', async () => {
  api.on('GET /api/v1/me', () => json({ role: 'viewer', label: '', shop_ids: [1] }));
  renderApp('/support');
  const row = await screen.findByRole('row', { name: /4/ });
  await userEvent.click(row);
  expect(screen.queryByRole('dialog', { name: 'Question' })).toBeNull();
});
