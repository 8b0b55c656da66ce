import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import samples, { TEXTS } from './samples';
import { partsOf } from './spans';

const ONE = '/api/v1/bots/7000000001/modules/menu/texts/en/welcome';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  for (const [route, answer] of Object.entries(samples.answers)) api.on(route, () => json(answer));
});

test('styles within styles are drawn where they begin and end', () => {
  const shown = {
    plain: '🍵 tea now',
    spans: [
      { style: 'bold' as const, offset: 3, length: 7 },
      { style: 'italic' as const, offset: 7, length: 3 },
    ],
  };
  expect(partsOf(shown)).toEqual([
    { at: 0, words: '🍵 ', wears: [] },
    { at: 3, words: 'tea ', wears: ['bold'] },
    { at: 7, words: 'now', wears: ['bold', 'italic'] },
  ]);
});

test('a text is written, seen as Telegram shows it, and saved', async () => {
  api.on(`PUT ${ONE}`, () => new Response(null, { status: 204 }));
  renderApp('/texts?text=welcome');
  const form = await screen.findByRole('form', { name: 'English' });
  expect(await within(form).findByText('{shop}', { selector: 'span[class]' })).toBeTruthy();
  const box = within(form).getByRole('textbox');
  await userEvent.clear(box);
  await userEvent.type(box, 'Hello!');
  const save = within(form).getByRole('button', { name: 'Save' });
  await waitFor(() => expect(save).toHaveProperty('disabled', false));
  await userEvent.click(save);
  await waitFor(() => expect(api.asked(`PUT ${ONE}`)[0]?.body).toEqual({ template: 'Hello!' }));
});

test('what cannot stand is told at the text and not saved', async () => {
  renderApp('/texts?text=welcome');
  const form = await screen.findByRole('form', { name: 'English' });
  api.on(`POST ${ONE}/preview`, () => problem(422, 'bad_text', 'There is no {who} here.'));
  await userEvent.type(within(form).getByRole('textbox'), ' <b>');
  expect(await within(form).findByText(/There is no \{who\} here/)).toBeTruthy();
  expect(within(form).getByRole('button', { name: 'Save' })).toHaveProperty('disabled', true);
});

test('ours comes back by one press', async () => {
  const own = '/api/v1/bots/7000000001/modules/menu/texts/ru/welcome';
  api.on(`DELETE ${own}`, () => new Response(null, { status: 204 }));
  renderApp('/texts?text=welcome');
  const form = await screen.findByRole('form', { name: 'Russian' });
  await userEvent.click(within(form).getByRole('button', { name: 'Back to ours' }));
  await waitFor(() => expect(api.asked(`DELETE ${own}`)).toHaveLength(1));
});

test('another was faster: theirs is taken only by a press', async () => {
  const theirs = TEXTS.map((text) =>
    text.language === 'en' ? { ...text, own: 'Theirs', version: '2' } : text,
  );
  api.on(`PUT ${ONE}`, () => {
    api.on('GET /api/v1/bots/7000000001/modules/menu/texts', () => json(theirs));
    return problem(412, 'changed_meanwhile');
  });
  renderApp('/texts?text=welcome');
  const form = within(await screen.findByRole('form', { name: 'English' }));
  const box = form.getByRole('textbox');
  await userEvent.clear(box);
  await userEvent.type(box, 'Mine');
  const save = form.getByRole('button', { name: 'Save' });
  await waitFor(() => expect(save).toHaveProperty('disabled', false));
  await userEvent.click(save);
  const take = await form.findByRole('button', { name: 'Take what is saved' });
  expect(box).toHaveProperty('value', 'Mine');
  await userEvent.click(take);
  await waitFor(() => expect(box).toHaveProperty('value', 'Theirs'));
});
