import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { momentOf } from '../../format/clock';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { SHOPS } from '../../testing/samples';
import { draftOf, misfitOf, typedOf } from './draft';
import { DRAFT, GROUPS, PREVIEW, SENT, TEA_WITH_BROADCASTS } from './samples';

const MODULE = '/api/v1/bots/7000000001/modules/broadcasts';
const LIST = `${MODULE}/broadcasts`;

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  api.on('GET /api/v1/shops', () => json([TEA_WITH_BROADCASTS, ...SHOPS.slice(1)]));
  api.on(`GET ${LIST}`, () => json({ broadcasts: [DRAFT, SENT], next_before: null }));
  api.on(`GET ${LIST}/4`, () => json(SENT));
  api.on(`GET ${LIST}/5`, () => json(DRAFT));
  api.on(`GET ${MODULE}/groups`, () => json(GROUPS));
  api.on(`POST ${MODULE}/preview`, () => json(PREVIEW));
});

test('broadcasts are listed with what came of them, text by text beside the list', async () => {
  renderApp('/broadcasts');
  const row = await screen.findByRole('row', { name: 'New harvest' });
  for (const words of ['sent', '2,290', '401', '53', '★15,900'])
    expect(row.textContent).toContain(words);
  await userEvent.click(row);
  const panel = await screen.findByRole('dialog', { name: 'Broadcast' });
  expect(await within(panel).findByText('Text 2')).toBeTruthy();
  expect(within(panel).getByText('★6,100')).toBeTruthy();
  expect(within(panel).queryByRole('button', { name: 'Send' })).toBeNull();
});

test('one is written; what is missing is told, and how many it reaches', async () => {
  api.on(`POST ${LIST}`, () => json(DRAFT, 201));
  renderApp('/broadcasts?broadcast=new');
  const save = await screen.findByText('Save as a draft');
  expect(await screen.findByText(/It would go to 2380/)).toBeTruthy();
  // By label and text: a query by role looks at every style of so large a form.
  fireEvent.change(screen.getByLabelText(/^Name/), { target: { value: 'Winter' } });
  fireEvent.click(save);
  expect(screen.getByText('Fill this in')).toBeTruthy();
  expect(api.asked(`POST ${LIST}`)).toHaveLength(0);
  fireEvent.change(screen.getByLabelText('Text in English'), { target: { value: 'Snow' } });
  fireEvent.click(await screen.findByLabelText('Left a cart (7)'));
  fireEvent.click(save);
  await waitFor(() => expect(api.asked(`POST ${LIST}`)).toHaveLength(1));
  expect(api.asked(`POST ${LIST}`)[0]?.body).toMatchObject({
    title: 'Winter',
    texts: [{ ru: '', en: 'Snow' }],
    leads: { to: 'home' },
    audience: { groups: ['cart.left'], bought: null },
  });
});

test('a draft is tried and sent at the time on the shop’s clock, once asked', async () => {
  api.on(`POST ${LIST}/5/test`, () => json({ chats: 1 }));
  api.on(`POST ${LIST}/5/schedule`, () => json(DRAFT));
  renderApp('/broadcasts?broadcast=5');
  await userEvent.click(await screen.findByRole('button', { name: 'Try it on me' }));
  expect(await screen.findByText(/on its way to your own chat/)).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Send' }));
  const ask = await screen.findByRole('dialog', { name: 'Send this broadcast?' });
  await userEvent.click(within(ask).getByRole('button', { name: 'Send' }));
  await waitFor(() => expect(api.asked(`POST ${LIST}/5/schedule`)).toHaveLength(1));
  expect(api.asked(`POST ${LIST}/5/schedule`)[0]?.body).toEqual({
    at: null,
    version: 2,
  });
});

test('only what is saved is sent: a change of the draft comes first', async () => {
  let answer = problem(412, 'changed_meanwhile');
  api.on(`PUT ${LIST}/5`, () => answer);
  renderApp('/broadcasts?broadcast=5');
  const name = await screen.findByLabelText(/^Name/);
  fireEvent.change(name, { target: { value: 'Snow' } });
  expect(screen.getByText(/Save what you have changed first/)).toBeTruthy();
  for (const step of ['Send', 'Try it on me'])
    expect(screen.getByRole('button', { name: step })).toHaveProperty('disabled', true);
  fireEvent.click(screen.getByText('Save'));
  const keep = await screen.findByRole('button', { name: 'Save mine over it' });
  expect(name).toHaveProperty('value', 'Snow');
  const draft = { ...DRAFT.broadcast.draft, title: 'Snow' };
  const saved = { ...DRAFT, broadcast: { ...DRAFT.broadcast, version: 4, draft } };
  answer = json(saved);
  api.on(`GET ${LIST}/5`, () => json({ ...DRAFT, broadcast: { ...DRAFT.broadcast, version: 3 } }));
  fireEvent.click(keep);
  await waitFor(() => expect(api.asked(`PUT ${LIST}/5`)).toHaveLength(2));
  expect(api.asked(`PUT ${LIST}/5`).map(({ body }) => body)).toMatchObject([
    { version: 2, draft: { title: 'Snow' } },
    { version: 3, draft: { title: 'Snow' } },
  ]);
});

test('a segment is written to alone', async () => {
  renderApp('/broadcasts?broadcast=new&segment=champions');
  expect(await screen.findByLabelText('Champions (12)')).toHaveProperty('checked', true);
  expect(screen.getByText('Save as a draft').closest('button')).toHaveProperty('disabled', false);
  await waitFor(() =>
    expect(api.asked(`POST ${MODULE}/preview`)[0]?.body).toMatchObject({ segments: ['champions'] }),
  );
});

test('who only looks writes none', async () => {
  api.on('GET /api/v1/me', () => json({ role: 'viewer', label: '', shop_ids: [1] }));
  renderApp('/broadcasts?broadcast=new');
  expect(await screen.findByRole('row', { name: 'New harvest' })).toBeTruthy();
  expect(screen.queryByText('Save as a draft')).toBeNull();
});

test('a time on a zone’s clock is a moment, also around a change of the clocks', () => {
  expect(momentOf('2026-12-01T18:30', 'Europe/Moscow')).toBe('2026-12-01T15:30:00.000Z');
  expect(momentOf('2026-03-29T12:00', 'Europe/Berlin')).toBe('2026-03-29T10:00:00.000Z');
});

test('an opened draft says again what the server has', () => {
  const draft = {
    ...DRAFT.broadcast.draft,
    audience: { bought: false, products: [7], languages: ['ru', 'en'], seen_days: 30 },
  };
  const typed = typedOf(draft);
  expect(misfitOf(typed)).toEqual({});
  expect(misfitOf({ ...typed, seenDays: 'x', leadsTo: 'page' })).toEqual({
    seenDays: 'days',
    url: 'url',
  });
  expect(draftOf(typed, draft)).toMatchObject({
    texts: [{ ru: 'Зима', en: 'Winter' }],
    audience: { bought: false, products: [7], languages: ['ru', 'en'], seen_days: 30 },
  });
});
