import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json, problem } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import samples, { HOOK } from './samples';

const HOOKS = '/api/v1/shops/1/webhooks';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  for (const [route, answer] of Object.entries(samples.answers)) api.on(route, () => json(answer));
});

test('a web hook is made, and its secret shown this once', async () => {
  api.on(`POST ${HOOKS}`, () => json({ ...HOOK, secret: 'whsec_abc' }, 201));
  renderApp('/webhooks?hook=new');
  const panel = await screen.findByRole('dialog', { name: 'New web hook' });
  await userEvent.click(within(panel).getByRole('button', { name: 'Make it' }));
  expect(within(panel).getByText('Give it a name.')).toBeTruthy();
  expect(api.asked(`POST ${HOOKS}`)).toHaveLength(0);
  await userEvent.type(within(panel).getByRole('textbox', { name: /Name/ }), '1C');
  await userEvent.type(within(panel).getByRole('textbox', { name: /Address/ }), 'shop.example/x');
  await userEvent.click(within(panel).getByRole('button', { name: 'Make it' }));
  expect(await screen.findByText('whsec_abc')).toBeTruthy();
  expect(api.asked(`POST ${HOOKS}`)[0]?.body).toEqual({
    label: '1C',
    url: 'https://shop.example/x',
    events: ['order.paid'],
    with_personal: false,
    is_on: true,
  });
});

test('a message that was given up is read and sent again', async () => {
  api.on(`POST ${HOOKS}/3/deliveries/90/replay`, () => new Response(null, { status: 204 }));
  renderApp('/webhooks?hook=3&message=90');
  const message = await screen.findByRole('dialog', { name: 'Message' });
  expect(await within(message).findByText('Service Unavailable')).toBeTruthy();
  await userEvent.click(within(message).getByRole('button', { name: 'Send it again' }));
  await waitFor(() => expect(api.asked(`POST ${HOOKS}/3/deliveries/90/replay`)).toHaveLength(1));
});

test('all that was given up is sent again by one press', async () => {
  api.on(`POST ${HOOKS}/3/replay`, () => json({ count: 2 }));
  renderApp('/webhooks?hook=3');
  await userEvent.click(await screen.findByRole('button', { name: 'Send 2 messages again' }));
  expect(await screen.findByText('2 messages are sent again.')).toBeTruthy();
  expect(api.asked(`POST ${HOOKS}/3/replay`)[0]?.body).toMatchObject({ with_delivered: false });
});

test('another was faster: what was typed stays until the owner has chosen', async () => {
  const hook = (version: number, label: string) => ({
    ...samples.answers[`GET ${HOOKS}`],
    webhooks: [{ ...HOOK, version, label }],
  });
  api.on(`PUT ${HOOKS}/3`, () => {
    api.on(`GET ${HOOKS}`, () => json(hook(5, 'theirs')));
    return problem(412, 'changed_meanwhile');
  });
  renderApp('/webhooks?hook=3');
  const form = within(await screen.findByRole('form', { name: 'Settings' }));
  const name = form.getByRole('textbox', { name: /Name/ });
  await userEvent.type(name, ' mine');
  await userEvent.click(form.getByRole('button', { name: 'Save' }));
  const keep = await form.findByRole('button', { name: 'Save mine over it' });
  await screen.findByRole('heading', { name: 'theirs' });
  expect(name).toHaveProperty('value', '1C mine');
  api.on(`PUT ${HOOKS}/3`, () => {
    api.on(`GET ${HOOKS}`, () => json(hook(6, '1C mine')));
    return json({ ...HOOK, version: 6, label: '1C mine' });
  });
  await userEvent.click(keep);
  await screen.findByRole('heading', { name: '1C mine' });
  const versions = api.asked(`PUT ${HOOKS}/3`).map(({ headers }) => headers.get('if-match'));
  expect(versions).toEqual(['"4"', '"5"']);
  // Nothing is typed any more: the form follows what is stored.
  await waitFor(() =>
    expect(form.getByRole('button', { name: 'Save' })).toHaveProperty('disabled', true),
  );
});
