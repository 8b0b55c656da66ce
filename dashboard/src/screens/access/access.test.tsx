import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { linkDraftOf } from './LinkForm';
import { logFileOf } from './queries';
import { ANNA, ANSWERS, ENTRY, OWN } from './samples';
import { parseAccessSearch } from './search';

const LINKS = '/api/v1/access/links';
const LOG = '/api/v1/access/log';
const ASKED = '5f0e6a0c-0000-4000-8000-000000000001';
const CONFIRMATION = `GET /api/v1/access/confirmations/${ASKED}`;
const MADE = { ...ANNA, id: 9, label: 'Борис', token: 'vtr_secret', path: '/enter#vtr_secret' };

let api: FakeApi;
let confirmations: (string | null)[];

const needed = () =>
  new Response(
    JSON.stringify({
      status: 403,
      code: 'confirmation_needed',
      title: 'confirmation_needed',
      detail: 'ask',
      confirmation: { id: ASKED, expires_at: '2026-11-23T09:20:00Z' },
    }),
    { status: 403, headers: { 'content-type': 'application/problem+json' } },
  );
const standing = (state: string) => () =>
  json({
    id: ASKED,
    deed: 'owner_link',
    state,
    asked_at: '2026-11-23T09:10:00Z',
    expires_at: '2026-11-23T09:20:00Z',
  });

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  for (const [route, answer] of Object.entries(ANSWERS)) api.on(route, () => json(answer));
  confirmations = [];
  const answer = globalThis.fetch;
  vi.stubGlobal('fetch', (input: string | Request, init?: RequestInit) => {
    if (typeof input !== 'string' && input.method === 'POST')
      confirmations.push(input.headers.get('confirmation'));
    return answer(input, init);
  });
});

test('links, who is in, alerts and the log are told in words', async () => {
  renderApp('/access');
  const row = await screen.findByRole('row', { name: 'Анна · No. 3' });
  for (const words of ['Viewer', 'Чайная лавка', 'Works']) expect(row.textContent).toContain(words);
  expect((await screen.findAllByText('You')).length).toBe(1);
  expect(await screen.findByText('1,620 km in 20 min: that is 4,860 km/h.')).toBeTruthy();
  expect(screen.getByText(/Russia, Georgia/)).toBeTruthy();
  expect(await screen.findByText('GET /api/v1/shops/{shop_id}/customers')).toBeTruthy();
});

test('a new link is shown once, and not lost by one press beside it', async () => {
  api.on(`POST ${LINKS}`, () => json(MADE, 201));
  renderApp('/access?link=new');
  const form = await screen.findByRole('dialog', { name: 'New link' });
  await userEvent.type(within(form).getByRole('textbox', { name: /^For whom/ }), 'Борис');
  await userEvent.click(within(form).getByRole('switch', { name: /Every shop/ }));
  const make = within(form).getByRole('button', { name: 'Make the link' });
  expect(make).toHaveProperty('disabled', true);
  await userEvent.click(within(form).getByRole('checkbox', { name: 'Book Nook' }));
  await userEvent.click(make);
  const shown = await screen.findByRole('dialog', { name: 'Борис · No. 9' });
  expect(api.asked(`POST ${LINKS}`)[0]?.body).toEqual({
    role: 'viewer',
    label: 'Борис',
    shop_ids: [2],
    expires_at: null,
  });
  expect(within(shown).getByText(`${location.origin}/enter#vtr_secret`)).toBeTruthy();
  await userEvent.keyboard('{Escape}');
  expect(within(shown).getByText(/You have not copied it/)).toBeTruthy();
  await userEvent.click(within(shown).getByRole('button', { name: /I have kept it/ }));
  await waitFor(() => expect(screen.queryByText(/vtr_secret/)).toBeNull());
});

test('what the owner must confirm is told, and then the same press goes through', async () => {
  let isConfirmed = false;
  api.on(`POST ${LINKS}`, () => (isConfirmed ? json({ ...MADE, role: 'owner' }, 201) : needed()));
  api.on(CONFIRMATION, () => standing(isConfirmed ? 'confirmed' : 'waiting')());
  renderApp('/access?link=new');
  const form = await screen.findByRole('dialog', { name: 'New link' });
  await userEvent.type(within(form).getByRole('textbox', { name: /^For whom/ }), 'Борис');
  await userEvent.selectOptions(within(form).getByRole('combobox', { name: 'Role' }), 'owner');
  const make = within(form).getByRole('button', { name: 'Make the link' });
  await userEvent.click(make);
  expect(await within(form).findByText(/Confirm this by the button/)).toBeTruthy();
  expect(within(form).getByText('Waiting for the button in the chat')).toBeTruthy();
  isConfirmed = true;
  expect(
    await within(form).findByText('Confirmed: press once more', {}, { timeout: 10_000 }),
  ).toBeTruthy();
  await userEvent.click(make);
  expect(await screen.findByRole('dialog', { name: 'Борис · No. 9' })).toBeTruthy();
  const [first, second] = api.asked(`POST ${LINKS}`);
  expect(second?.body).toEqual(first?.body);
  expect(confirmations).toEqual([null, ASKED]);
}, 20_000);

test('a link is replaced with an overlap, and revoked after being asked', async () => {
  api.on(`POST ${LINKS}/3/rotate`, () => json(MADE, 201));
  api.on(`DELETE ${LINKS}/3`, () => new Response(null, { status: 204 }));
  renderApp('/access?link=3');
  const panel = await screen.findByRole('dialog', { name: 'Link to the panel' });
  await userEvent.click(await within(panel).findByRole('button', { name: 'Revoke the link' }));
  expect(api.asked(`DELETE ${LINKS}/3`)).toHaveLength(0);
  const dialog = await screen.findByRole('dialog', { name: 'Revoke Анна · No. 3?' });
  await userEvent.click(within(dialog).getByRole('button', { name: 'Revoke the link' }));
  await waitFor(() => expect(api.asked(`DELETE ${LINKS}/3`)).toHaveLength(1));
  await userEvent.selectOptions(within(panel).getByRole('combobox'), '1440');
  await userEvent.click(within(panel).getByRole('button', { name: 'Replace the link' }));
  expect(await screen.findByText(/vtr_secret/)).toBeTruthy();
  expect(api.asked(`POST ${LINKS}/3/rotate`)[0]?.body).toEqual({ overlap_minutes: 1440 });
});

test("one's own link cannot end before the new one is seen", async () => {
  renderApp(`/access?link=${OWN.id}`);
  const panel = await screen.findByRole('dialog', { name: 'Link to the panel' });
  const choice = await within(panel).findByRole('combobox');
  const choices = within(choice).getAllByRole('option') as HTMLOptionElement[];
  expect(choices.map(({ value }) => value)).toEqual(['10', '60', '1440', '10080']);
});

test('another session is ended, an alert is answered', async () => {
  api.on('DELETE /api/v1/access/sessions/12', () => new Response(null, { status: 204 }));
  api.on('POST /api/v1/access/alerts/5/answer', () => new Response(null, { status: 204 }));
  renderApp('/access');
  const end = await screen.findByRole('button', { name: /^End the session/ });
  await userEvent.click(end);
  const dialog = await screen.findByRole('dialog', { name: 'End the session of Анна · No. 3?' });
  await userEvent.click(within(dialog).getByRole('button', { name: 'End' }));
  await waitFor(() => expect(api.asked('DELETE /api/v1/access/sessions/12')).toHaveLength(1));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await userEvent.click(screen.getByRole('button', { name: 'It was me' }));
  await waitFor(() =>
    expect(api.asked('POST /api/v1/access/alerts/5/answer')[0]?.body).toEqual({ answer: 'was_me' }),
  );
});

test('the log is read page by page, as it is narrowed; its file is of the same', async () => {
  const page = (from: number) =>
    Array.from({ length: 200 }, (_, index) => ({ ...ENTRY, id: from - index }));
  api.on(`GET ${LOG}`, ({ query }) => json(query.get('before') ? [ENTRY] : page(2000)));
  renderApp('/access?of=3&decision=refused&first=2026-11-01&last=2026-11-20');
  await waitFor(() => expect(api.asked(`GET ${LOG}`).length).toBeGreaterThan(0));
  expect(Object.fromEntries(api.asked(`GET ${LOG}`)[0]?.query ?? [])).toEqual({
    link: '3',
    decision: 'refused',
    from: '2026-11-01',
    to: '2026-11-20',
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Show more' }));
  await waitFor(() => expect(api.asked(`GET ${LOG}`).at(-1)?.query.get('before')).toBe('1801'));
  const files = screen.getAllByRole('link', { name: 'CSV' }) as HTMLAnchorElement[];
  expect(files.map((file) => file.getAttribute('href'))).toEqual([
    `${LOG}.csv?link=3&decision=refused&from=2026-11-01&to=2026-11-20`,
  ]);
});

test('whatever stands in the address is a whole search', () => {
  const search = parseAccessSearch({
    link: '-1',
    of: 'x',
    first: '2026-12-01',
    last: '2026-11-01',
  });
  expect(search).toEqual({
    link: undefined,
    ended: undefined,
    of: undefined,
    decision: undefined,
    first: undefined,
    last: '2026-11-01',
  });
  expect(logFileOf(search)).toBe(`${LOG}.csv?to=2026-11-01`);
});

test('the same fields say the same request', () => {
  const typed = { role: 'owner', label: ' Ira ', isOfAll: false, shops: ['2', '1'] } as const;
  const draft = linkDraftOf({ ...typed, shops: [...typed.shops], until: '2026-12-31' });
  expect(draft).toMatchObject({ label: 'Ira', shop_ids: [1, 2] });
  expect(draft.expires_at).toBe(new Date('2026-12-31T23:59:59').toISOString());
});
