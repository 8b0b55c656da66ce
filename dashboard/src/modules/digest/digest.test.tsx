import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { SHOPS } from '../../testing/samples';
import { STATE, TEA_WITH_DIGEST } from './samples';

const BASE = '/api/v1/bots/7000000001/modules/digest';

let api: FakeApi;

beforeEach(async () => {
  await initLanguage('en');
  api = new FakeApi();
  api.on('GET /api/v1/shops', () => json([TEA_WITH_DIGEST, ...SHOPS.slice(1)]));
  api.on(`GET ${BASE}/reports`, () => json(STATE));
});

test('what was sent is listed, and opens with its chart and whole text', async () => {
  renderApp('/digest');
  const row = await screen.findByRole('row', { name: /^Day, / });
  expect(row.textContent).toContain('48,120 ₽');
  await userEvent.click(row);
  const panel = await screen.findByRole('dialog', { name: 'What was sent' });
  const chart = await within(panel).findByRole('img', { name: 'Net sales by day' });
  expect(chart.getAttribute('src')).toBe(`/api/v1/shops/1/files/${'d'.repeat(64)}`);
  expect(panel.textContent).toContain('no link: 9,100 ₽');
});

test('one is asked for once, and is told to be on its way', async () => {
  api.on(`POST ${BASE}/test`, () => json({ ...STATE, asked_at: '2026-11-20T12:00:00Z' }));
  renderApp('/digest');
  const button = await screen.findByRole('button', { name: 'Send one now' });
  await userEvent.click(button);
  expect(await screen.findByText(/is on its way/)).toBeTruthy();
  expect(button).toHaveProperty('disabled', true);
  expect(api.asked(`POST ${BASE}/test`)).toHaveLength(1);
});

test('where no owner has bound a chat, that is said, and nothing is sent to try', async () => {
  api.on(`GET ${BASE}/reports`, () => json({ ...STATE, chats: 0, reports: [] }));
  renderApp('/digest');
  expect(await screen.findByText('No owner has bound a chat yet')).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Bind a chat' }).getAttribute('href')).toMatch(
    /^\/access/,
  );
  expect(screen.queryByRole('button', { name: 'Send one now' })).toBeNull();
});
