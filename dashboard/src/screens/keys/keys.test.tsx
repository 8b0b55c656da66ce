import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import samples, { GRAFANA } from './samples';

const KEYS = '/api/v1/api-keys';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  for (const [route, answer] of Object.entries(samples.answers)) api.on(route, () => json(answer));
});

test('a key for a spreadsheet comes as the formula that reads it', async () => {
  api.on(`POST ${KEYS}`, () => json({ ...GRAFANA, id: 5, scope: 'sheet', secret: 'vtk_abc' }, 201));
  renderApp('/keys');
  await userEvent.click(await screen.findByRole('button', { name: 'New key' }));
  const form = await screen.findByRole('dialog', { name: 'New key' });
  await userEvent.type(within(form).getByRole('textbox', { name: /Name/ }), 'Sheet');
  await userEvent.selectOptions(within(form).getByRole('combobox'), 'sheet');
  await userEvent.click(within(form).getByRole('button', { name: 'Make the key' }));
  expect(
    await screen.findByText(/^=IMPORTDATA\("http.*\/api\/v1\/sheets\/vtk_abc\/metrics\.csv\?/),
  ).toBeTruthy();
  expect(api.asked(`POST ${KEYS}`)[0]?.body).toEqual({
    label: 'Sheet',
    scope: 'sheet',
    shop_ids: [1, 2],
    expires_at: null,
  });
});

test('a key is revoked once that was said twice', async () => {
  api.on(`DELETE ${KEYS}/4`, () => new Response(null, { status: 204 }));
  renderApp('/keys');
  await userEvent.click(await screen.findByRole('button', { name: 'Revoke: Grafana' }));
  const asked = await screen.findByRole('dialog', { name: 'Revoke “Grafana”?' });
  expect(api.asked(`DELETE ${KEYS}/4`)).toHaveLength(0);
  await userEvent.click(within(asked).getByRole('button', { name: 'Revoke' }));
  await waitFor(() => expect(api.asked(`DELETE ${KEYS}/4`)).toHaveLength(1));
});

test('keys to ClickHouse are for who sees every shop', async () => {
  api.on('GET /api/v1/me', () => json({ role: 'owner', label: '', shop_ids: [1] }));
  renderApp('/keys');
  await screen.findByText('Grafana');
  expect(screen.queryByText('Keys to ClickHouse')).toBeNull();
});
