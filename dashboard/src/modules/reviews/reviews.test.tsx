import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import samples, { REVIEW } from './samples';

const ONE = '/api/v1/bots/7000000001/modules/reviews/reviews/8';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  for (const [route, answer] of Object.entries(samples.answers)) api.on(route, () => json(answer));
});

test('a review is looked through and shown', async () => {
  api.on(`POST ${ONE}/show`, () => json({ ...REVIEW, state: 'shown' }));
  renderApp('/reviews?state=waiting');
  await userEvent.click(await screen.findByRole('row', { name: 'Да Хун Пао, 4 of 5' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Show it to everybody' }));
  await waitFor(() => expect(api.asked(`POST ${ONE}/show`)).toHaveLength(1));
});

test('shown, it leaves the list of those that wait, and the answer is still being written', async () => {
  const list = '/api/v1/bots/7000000001/modules/reviews/reviews';
  api.on(`POST ${ONE}/show`, () => {
    api.on(`GET ${list}`, () => json({ reviews: [], next_before: null }));
    return json({ ...REVIEW, state: 'shown' });
  });
  renderApp('/reviews?state=waiting&review=8');
  const answer = await screen.findByRole('textbox', { name: "The shop's answer" });
  await userEvent.type(answer, 'Sorry!');
  await userEvent.click(screen.getByRole('button', { name: 'Show it to everybody' }));
  await waitFor(() => expect(screen.queryByRole('row')).toBeNull());
  expect(screen.queryByRole('button', { name: 'Show it to everybody' })).toBeNull();
  expect(answer).toHaveProperty('value', 'Sorry!');
  expect(answer.isConnected).toBe(true);
});

test('it is answered in words that everybody reads', async () => {
  api.on(`PUT ${ONE}/answer`, () => json({ ...REVIEW, answer: 'Sorry!' }));
  renderApp('/reviews?review=8');
  await userEvent.type(await screen.findByRole('textbox', { name: "The shop's answer" }), 'Sorry!');
  await userEvent.click(screen.getByRole('button', { name: 'Save the answer' }));
  await waitFor(() => expect(api.asked(`PUT ${ONE}/answer`)[0]?.body).toEqual({ text: 'Sorry!' }));
});

test('who is no owner reads and decides nothing', async () => {
  api.on('GET /api/v1/me', () => json({ role: 'viewer', label: '', shop_ids: [1] }));
  renderApp('/reviews?review=8');
  expect((await screen.findAllByText(/долго везли/)).length).toBeGreaterThan(0);
  expect(screen.queryByRole('button', { name: 'Hide it' })).toBeNull();
});
