import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import samples, { SEGMENTS } from './samples';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  for (const [route, answer] of Object.entries(samples.answers)) api.on(route, () => json(answer));
});

test('a segment opens who is in it, and each of them their own page', async () => {
  const app = renderApp('/segments?clean=true');
  const row = await screen.findByRole('row', { name: 'Champions' });
  expect(row.textContent).toContain('75%');
  expect(row.textContent).toContain('★9,000');
  expect((await screen.findByRole('row', { name: 'Lost' })).textContent).toContain('—');
  expect(api.asked('GET /api/v1/shops/1/segments')[0]?.query.get('variant')).toBe('clean');
  await userEvent.click(row);
  const panel = await screen.findByRole('dialog', { name: 'Champions' });
  expect(await within(panel).findByRole('row', { name: 'No. 9' })).toBeTruthy();
  await userEvent.click(within(panel).getByRole('row', { name: 'Анна' }));
  await waitFor(() => expect(app.address()).toContain('/customers?shops=1&buyer=17'));
});

test('before the first night there is a reason, not zeros', async () => {
  api.on('GET /api/v1/shops/1/segments', () => json({ ...SEGMENTS, day: null, segments: [] }));
  renderApp('/segments');
  expect(await screen.findByText('No segments yet')).toBeTruthy();
});
