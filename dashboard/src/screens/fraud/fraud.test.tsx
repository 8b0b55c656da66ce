import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import samples, { OTHER, SHOPPER } from './samples';

const FRAUD = '/api/v1/shops/1/fraud';
const DECISIONS = `POST ${FRAUD}/shoppers/17/decisions`;

let api: FakeApi;

/** With the version that a decision must name. */
const versioned = (body: unknown, version: number) =>
  new Response(JSON.stringify(body), {
    headers: { 'content-type': 'application/json', etag: `"${version}"` },
  });

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  for (const [route, answer] of Object.entries(samples.answers)) api.on(route, () => json(answer));
  api.on(`GET ${FRAUD}/shoppers/17`, () => versioned(SHOPPER, 1));
  api.on(`GET ${FRAUD}/shoppers/18`, () =>
    versioned({ ...SHOPPER, customer: { ...SHOPPER.customer, buyer_no: 18 }, cases: [OTHER] }, 0),
  );
  api.on(`GET ${FRAUD}/shoppers/18/snoozes`, () => json([]));
  api.on('GET /api/v1/shops/1/customers/18/history', () => json({ events: [], next: null }));
});

test('the queue says who, how much and why in words', async () => {
  renderApp('/fraud?kind=promo');
  const row = await screen.findByRole('row', { name: 'Анна · No. 17' });
  expect(row.textContent).toContain('88');
  expect(row.textContent).toContain('Promo codes guessed');
  expect(api.asked(`GET ${FRAUD}/queue`)[0]?.query.get('abuse')).toBe('promo');
});

test('by keys alone: the first case is opened, decided about, and the decision taken back', async () => {
  const decided = {
    ...SHOPPER,
    decisions: [{ ...SHOPPER.decisions[0], id: 9, decision: 'confirmed' }, ...SHOPPER.decisions],
  };
  api.on(DECISIONS, () => json(decided, 201));
  api.on(`DELETE ${FRAUD}/shoppers/17/decisions/9`, () => json(SHOPPER));
  renderApp('/fraud');
  await screen.findByRole('row', { name: 'Анна · No. 17' });
  await userEvent.keyboard('j');
  const panel = await screen.findByRole('dialog', { name: 'Doubted shopper' });
  await within(panel).findByRole('button', { name: /It is fraud/ });
  await userEvent.keyboard('b');
  await waitFor(() => expect(api.asked(DECISIONS)).toHaveLength(1));
  expect(api.asked(DECISIONS)[0]?.body).toEqual({
    decision: 'confirmed',
    abuse: 'promo',
    note: '',
  });
  // The next case is up, and what was decided can be undone.
  await within(panel).findByRole('heading', { name: 'Анна · No. 18' });
  await userEvent.keyboard('z');
  await waitFor(() => expect(api.asked(`DELETE ${FRAUD}/shoppers/17/decisions/9`)).toHaveLength(1));
});

test('what is typed is no key, and is not lost by moving on', async () => {
  renderApp('/fraud?buyer=17&about=promo');
  const note = await screen.findByRole('textbox', { name: /Note/ });
  await userEvent.type(note, 'jab');
  expect(note).toHaveProperty('value', 'jab');
  expect(api.asked(DECISIONS)).toHaveLength(0);
  await userEvent.click(screen.getByRole('heading', { name: 'Анна · No. 17' }));
  await userEvent.keyboard('j');
  expect(note).toHaveProperty('value', 'jab');
  await userEvent.click(screen.getByRole('button', { name: 'Close' }));
  expect(await screen.findByText('Leave without saving?')).toBeTruthy();
});

test.each([
  ['en', 'Decided', 'From a file'],
  ['ru', 'Решения', 'Из файла'],
] as const)(
  'what came from a file says so in the reader’s language: %s',
  async (language, name, words) => {
    await initLanguage(language);
    const [one] = SHOPPER.decisions;
    const decisions = [
      { ...one, decided_by: '', is_from_file: true },
      { ...one, id: 8, decided_by: 'file' }, // an owner may be called so
    ];
    api.on(`GET ${FRAUD}/shoppers/17`, () => versioned({ ...SHOPPER, decisions }, 1));
    renderApp('/fraud?buyer=17&about=promo');
    const region = await screen.findByRole('region', { name });
    expect(region.textContent).toContain(`${words} · `);
    expect(region.textContent).toContain('file · ');
  },
);

test('somebody was faster: it is said, and nothing is decided over it', async () => {
  api.on(DECISIONS, () => problem(412, 'changed_meanwhile'));
  renderApp('/fraud?buyer=17&about=promo');
  await userEvent.click(await screen.findByRole('button', { name: /Not fraud/ }));
  expect((await screen.findByRole('alert')).textContent).toContain('Somebody else has decided');
});

test('a shopper is put on the allow-list by number', async () => {
  api.on(`GET ${FRAUD}/allowed`, () => json({ shoppers: [], next: null }));
  api.on(DECISIONS, () => json(SHOPPER, 201));
  renderApp('/fraud?part=allowed');
  await userEvent.type(await screen.findByRole('textbox', { name: "Shopper's number" }), '17');
  await userEvent.click(screen.getByRole('button', { name: 'Open' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Always allow' }));
  await waitFor(() => expect(api.asked(DECISIONS)[0]?.body).toMatchObject({ decision: 'allowed' }));
});

test('who is no owner reads the reasons and decides nothing', async () => {
  api.on('GET /api/v1/me', () => json({ role: 'viewer', label: '', shop_ids: [1] }));
  renderApp('/fraud?buyer=17&about=promo');
  expect((await screen.findAllByText(/Promo codes guessed/)).length).toBeGreaterThan(0);
  expect(screen.queryByRole('button', { name: /Not fraud/ })).toBeNull();
});

test('a rule is left out of account for one shopper, and counts again', async () => {
  const snoozes = `${FRAUD}/shoppers/17/snoozes`;
  api.on(`PUT ${snoozes}/promo_guesses`, () => json([]));
  api.on(`DELETE ${snoozes}/promo_stacking`, () => json([]));
  renderApp('/fraud?buyer=17&about=promo');
  await userEvent.click(await screen.findByRole('button', { name: 'Do not count it for 7 days' }));
  await waitFor(() =>
    expect(api.asked(`PUT ${snoozes}/promo_guesses`)[0]?.body).toEqual({ days: 7 }),
  );
  await userEvent.click(await screen.findByRole('button', { name: 'Count it again' }));
  await waitFor(() => expect(api.asked(`DELETE ${snoozes}/promo_stacking`)).toHaveLength(1));
});

test('what bots did is listed, in all and at the shopper', async () => {
  renderApp('/fraud?part=actions');
  const row = await screen.findByRole('row', { name: /Shopper 17/ });
  expect(row.textContent).toContain('Promo codes were not taken');
  await userEvent.click(within(row).getByText('Promo codes were not taken'));
  const panel = await screen.findByRole('dialog', { name: 'Doubted shopper' });
  const done = await within(panel).findByRole('region', { name: 'What bots did' });
  expect(await within(done).findByText(/2 times/)).toBeTruthy();
  expect(api.asked(`GET ${FRAUD}/actions`).at(-1)?.query.get('buyer_no')).toBe('17');
});

test('a key decides nothing with Shift, or under a question', async () => {
  renderApp('/fraud?buyer=17&about=promo');
  const note = await screen.findByRole('textbox', { name: /Note/ });
  await screen.findByRole('button', { name: /It is fraud/ });
  await userEvent.keyboard('{Shift>}b{/Shift}');
  await userEvent.type(note, 'why');
  await userEvent.click(screen.getByRole('button', { name: 'Close' }));
  await screen.findByText('Leave without saving?');
  await userEvent.keyboard('b');
  expect(api.asked(DECISIONS)).toHaveLength(0);
});
