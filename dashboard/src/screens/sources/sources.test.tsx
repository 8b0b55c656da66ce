import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { setCurrencies } from '../../format/money';
import { initLanguage } from '../../i18n';
import { CURRENCIES, FakeApi, json, problem } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { readCosts } from './costFile';
import samples, { LEAFLET, SPRING } from './samples';

const LIST = '/api/v1/shops/1/sources';
let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  for (const [route, answer] of Object.entries(samples.answers)) api.on(route, () => json(answer));
});

test('links have what they brought by the touch that is chosen, and the rest has none', async () => {
  renderApp('/sources?touch=last&clean=true');
  const row = await screen.findByRole('row', { name: 'Канал о чае' });
  await waitFor(() => expect(row.textContent).toContain('★1,200'));
  expect(row.textContent).toContain('×2.4');
  expect(screen.getByRole('row', { name: 'leaflet' }).textContent).toContain('—');
  expect(screen.getByRole('row', { name: 'Without a link' }).textContent).toContain('15');
  const query = api.asked('GET /api/v1/metrics/query')[0]?.query;
  expect([query?.get('touch'), query?.get('variant')]).toEqual(['last', 'clean']);
});

test('a link is made with its campaign, and opened', async () => {
  api.on(`POST ${LIST}`, () => json(SPRING, 201));
  const app = renderApp('/sources');
  await userEvent.click(await screen.findByRole('button', { name: 'New link' }));
  const dialog = await screen.findByRole('dialog', { name: 'New link' });
  await userEvent.type(within(dialog).getByLabelText('Campaign'), 'spring');
  const code = within(dialog).getByLabelText('Code');
  await userEvent.type(code, 'two words');
  const make = within(dialog).getByRole('button', { name: 'Make the link' });
  expect(make).toHaveProperty('disabled', true);
  await userEvent.clear(code);
  await userEvent.click(make);
  await waitFor(() => expect(app.address()).toContain('source=7'));
  const body = { label: '', campaign: 'spring', medium: '', code: null };
  expect(api.asked(`POST ${LIST}`)[0]?.body).toEqual(body);
  const panel = await screen.findByRole('dialog', { name: 'Link' });
  expect(await within(panel).findByAltText('QR picture of the link spring')).toBeTruthy();
});

test('a day’s cost is saved and taken back', async () => {
  const cost = `${LIST}/7/costs`;
  for (const method of ['PUT', 'DELETE'])
    for (const day of ['2026-11-20', '2026-11-21'])
      api.on(`${method} ${cost}/${day}`, () => json({}));
  renderApp('/sources?source=7');
  const panel = await screen.findByRole('dialog', { name: 'Link' });
  await userEvent.type(await within(panel).findByLabelText('Cost, ★'), '500');
  const day = within(panel).getByLabelText('Day');
  await userEvent.clear(day);
  await userEvent.type(day, '2026-11-21');
  await userEvent.click(within(panel).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(api.asked(`PUT ${cost}/2026-11-21`)).toHaveLength(1));
  expect(api.asked(`PUT ${cost}/2026-11-21`)[0]?.body).toEqual({
    amount_minor: 500,
    currency: 'XTR',
  });
  await userEvent.click(await within(panel).findByLabelText('Remove the cost of 2026-11-20'));
  await waitFor(() => expect(api.asked(`DELETE ${cost}/2026-11-20`)).toHaveLength(1));
});

test('a file of costs is checked first, then saved line by line', async () => {
  api.on(`PUT ${LIST}/7/costs/2026-11-20`, () => json({}));
  api.on(`PUT ${LIST}/8/costs/2026-01-01`, () => problem(422, 'cost_out_of_time', 'too old'));
  renderApp('/sources');
  await userEvent.click(await screen.findByRole('button', { name: 'Costs from a file' }));
  const text = 'code,day,amount\nspring,2026-11-20,500\nleaflet,2026-01-01,5\nno,2026-11-20,5\n';
  const dialog = await screen.findByRole('dialog', { name: 'Costs from a file' });
  const input = document.querySelector('input[type="file"]') as HTMLInputElement;
  await userEvent.upload(input, new File([text], 'costs.csv', { type: 'text/csv' }));
  await userEvent.click(within(dialog).getByRole('button', { name: 'Check the file' }));
  expect(await within(dialog).findByText(/that fit: 2; that do not: 1/)).toBeTruthy();
  expect(api.requests.filter(({ method }) => method === 'PUT')).toHaveLength(0);
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save 2 lines' }));
  expect(await within(dialog).findByText('1 line was saved.')).toBeTruthy();
  expect(within(dialog).getByText(/Line 3: .*too old/)).toBeTruthy();
});

test('who only looks makes no links', async () => {
  api.on('GET /api/v1/me', () => json({ role: 'viewer', label: '', shop_ids: [1] }));
  renderApp('/sources?source=7');
  expect(await screen.findByRole('link', { name: 'Its customers' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'New link' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Archive' })).toBeNull();
});

test('a file of a Russian Excel is read, and each wrong line says why', () => {
  setCurrencies(CURRENCIES);
  const text = [
    '\ufeffКод;День;Сумма;Валюта',
    'spring;23.11.2026;"1 290,50";rub',
    'leaflet;2026-02-30;5;RUB',
    'leaflet;2026-11-20;0;RUB',
    'leaflet;2026-11-20;5;ZZZ',
    'spring;2026-11-23;1;RUB',
  ].join('\r\n');
  const lines = readCosts(text, [SPRING, LEAFLET], 'XTR');
  expect(lines.map(({ line, problem: why }) => [line, why])).toEqual([
    [2, undefined],
    [3, 'day'],
    [4, 'amount'],
    [5, 'currency'],
    [6, 'twice'],
  ]);
  expect(lines[0]?.cost).toEqual({ sourceId: 7, amount_minor: 129_050, currency: 'RUB' });
  expect(readCosts('', [], 'XTR')).toEqual([]);
});
