import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem, SHOPS, TEA } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { GROUP, IMPRINT, MEMBER } from './samples';

const STAFF = '/api/v1/bots/7000000001/staff';
const ASKED = '018f0000-0000-7000-8000-000000000001';
let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  api.on('GET /api/v1/shops/1/imprint', () => json(IMPRINT));
  api.on(`GET ${STAFF}`, () => json({ chats: [GROUP], members: [MEMBER] }));
});

test('a shop is renamed, and its language changed', async () => {
  let shop = TEA;
  api.on('GET /api/v1/shops', () => json([shop, ...SHOPS.slice(1)]));
  api.on('PUT /api/v1/shops/1/name', ({ body }) => {
    shop = { ...shop, ...(body as object) };
    return json(shop);
  });
  api.on('PUT /api/v1/shops/1/language', ({ body }) => {
    shop = { ...shop, ...(body as object) };
    return json(shop);
  });
  renderApp('/shops/settings?shop=1');
  const name = await screen.findByRole('textbox', { name: /^Name of the shop/ });
  await userEvent.clear(name);
  await userEvent.type(name, ' Чай и кофе ');
  await userEvent.click(screen.getByRole('button', { name: 'Save the name' }));
  expect(await screen.findByText('Saved')).toBeTruthy();
  expect(api.asked('PUT /api/v1/shops/1/name')[0]?.body).toEqual({ name: 'Чай и кофе' });
  await userEvent.selectOptions(screen.getByLabelText(/^Language of the shop/), 'en');
  await waitFor(() =>
    expect(api.asked('PUT /api/v1/shops/1/language')[0]?.body).toEqual({ language: 'en' }),
  );
});

test('what shoppers are told is saved whole', async () => {
  api.on('PUT /api/v1/shops/1/imprint', ({ body }) => json(body));
  renderApp('/shops/settings?shop=1');
  const contact = await screen.findByRole('textbox', { name: /^Contact/ });
  await userEvent.clear(contact);
  await userEvent.type(contact, '+7 900 000-00-00');
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(api.asked('PUT /api/v1/shops/1/imprint')).toHaveLength(1));
  expect(api.asked('PUT /api/v1/shops/1/imprint')[0]?.body).toEqual({
    ...IMPRINT,
    contact: '+7 900 000-00-00',
  });
});

test('an imprint is saved over what it was typed over, not over what is read meanwhile', async () => {
  let kept = { body: IMPRINT, etag: '"a"' };
  api.on('GET /api/v1/shops/1/imprint', () => {
    const answer = json(kept.body);
    answer.headers.set('etag', kept.etag);
    return answer;
  });
  api.on('PUT /api/v1/shops/1/imprint', ({ body, headers }) =>
    headers.get('if-match') === kept.etag ? json(body) : problem(412, 'changed_meanwhile'),
  );
  const { client } = renderApp('/shops/settings?shop=1');
  const contact = await screen.findByRole('textbox', { name: /^Contact/ });
  await userEvent.type(contact, '_mine');
  kept = { body: { ...IMPRINT, contact: '@theirs' }, etag: '"b"' };
  await client.invalidateQueries();
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Save mine over it' }));
  await waitFor(() => expect(api.asked('PUT /api/v1/shops/1/imprint')).toHaveLength(2));
  expect(
    api
      .asked('PUT /api/v1/shops/1/imprint')
      .map(({ headers, body }) => [headers.get('if-match'), (body as typeof IMPRINT).contact]),
  ).toEqual([
    ['"a"', '@tea_help_mine'],
    ['"b"', '@tea_help_mine'],
  ]);
});

test('a shop is deleted only by its name, and waits for the button in the chat', async () => {
  api.on('DELETE /api/v1/shops/1', () =>
    json({ status: 403, code: 'confirmation_needed', confirmation: { id: ASKED } }, 403),
  );
  api.on(`GET /api/v1/access/confirmations/${ASKED}`, () => json({ id: ASKED, state: 'waiting' }));
  renderApp('/shops/settings?shop=1');
  await userEvent.click(await screen.findByRole('button', { name: 'Delete for good' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Delete Чайная лавка?' }));
  await userEvent.click(dialog.getByRole('button', { name: 'Delete for good' }));
  expect(await dialog.findByText('This is another name.')).toBeTruthy();
  expect(api.asked('DELETE /api/v1/shops/1')).toHaveLength(0);
  await userEvent.type(dialog.getByRole('textbox'), 'Чайная лавка');
  await userEvent.click(dialog.getByRole('button', { name: 'Delete for good' }));
  expect(await dialog.findByText('Waiting for the button in the chat')).toBeTruthy();
});

test('an archived shop is taken back', async () => {
  const archived = { ...TEA, archived_at: '2026-11-20T09:00:00Z', delete_after: null };
  api.on('GET /api/v1/shops', () => json([archived]));
  api.on('POST /api/v1/shops/1/restore', () => json(TEA));
  renderApp('/shops/settings');
  expect(await screen.findByText(/In the archive since 20 November 2026/)).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Take the shop back' }));
  await waitFor(() => expect(api.asked('POST /api/v1/shops/1/restore')).toHaveLength(1));
});

test('staff is added with what they may do, and a group by a code', async () => {
  api.on(`PUT ${STAFF}/members/42`, () => json(MEMBER));
  api.on(`POST ${STAFF}/codes`, () => json({ code: 'k7', expires_at: '2026-11-23T10:00:00Z' }));
  renderApp('/shops/settings?shop=1');
  expect(await screen.findByText(/handle orders, answer questions/)).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Add somebody' }));
  const form = within(await screen.findByRole('dialog', { name: 'Add somebody' }));
  await userEvent.type(form.getByRole('textbox', { name: 'Name' }), 'Иван');
  await userEvent.type(form.getByRole('textbox', { name: /^Number/ }), 'ivan');
  await userEvent.click(form.getByRole('switch', { name: 'May do everything' }));
  await userEvent.click(form.getByRole('checkbox', { name: 'refund money' }));
  await userEvent.click(form.getByRole('button', { name: 'Add somebody' }));
  expect(form.getByText('Write the number in digits.')).toBeTruthy();
  await userEvent.clear(form.getByRole('textbox', { name: /^Number/ }));
  await userEvent.type(form.getByRole('textbox', { name: /^Number/ }), '42');
  await userEvent.click(form.getByRole('button', { name: 'Add somebody' }));
  await waitFor(() => expect(api.asked(`PUT ${STAFF}/members/42`)).toHaveLength(1));
  expect(api.asked(`PUT ${STAFF}/members/42`)[0]?.body).toEqual({
    name: 'Иван',
    rights: ['orders', 'orders.cancel', 'payments', 'support'],
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Bind a group' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Make a code' }));
  expect(await screen.findByText('/staff k7')).toBeTruthy();
});

test('whoever is staff already is not silently replaced', async () => {
  renderApp('/shops/settings?shop=1');
  await screen.findByText(/handle orders, answer questions/);
  await userEvent.click(screen.getByRole('button', { name: 'Add somebody' }));
  const form = within(await screen.findByRole('dialog', { name: 'Add somebody' }));
  await userEvent.type(form.getByRole('textbox', { name: 'Name' }), 'Иван');
  await userEvent.type(form.getByRole('textbox', { name: /^Number/ }), '777');
  await userEvent.click(form.getByRole('button', { name: 'Add somebody' }));
  expect(form.getByText(/This is Мария, who is staff already/)).toBeTruthy();
  expect(api.asked(`PUT ${STAFF}/members/777`)).toHaveLength(0);
  // And what is half-filled is not closed over without a question.
  await userEvent.click(form.getByRole('button', { name: 'Close' }));
  expect(await screen.findByText('Leave without saving?')).toBeTruthy();
});

test('a new name is given to the shop as it was seen, and tried again over what it is', async () => {
  let version = TEA.version;
  api.on('GET /api/v1/shops', () => json([{ ...TEA, version }]));
  api.on('PUT /api/v1/shops/1/name', () => {
    version = 'other';
    return problem(412, 'changed_meanwhile', 'changed by another');
  });
  renderApp('/shops/settings?shop=1');
  const name = await screen.findByRole('textbox', { name: /^Name of the shop/ });
  await userEvent.type(name, '!');
  const save = screen.getByRole('button', { name: 'Save the name' });
  await userEvent.click(save);
  expect((await screen.findByRole('alert')).textContent).toContain('changed');
  expect(name).toHaveProperty('value', `${TEA.name}!`);
  await userEvent.click(save);
  await waitFor(() =>
    expect(
      api.asked('PUT /api/v1/shops/1/name').map(({ headers }) => headers.get('if-match')),
    ).toEqual([`"${TEA.version}"`, '"other"']),
  );
});
