import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { initLanguage } from '../../i18n';
import { FakeApi, json } from '../../testing/FakeApi';
import { renderApp } from '../../testing/renderApp';
import { SHOPS } from '../../testing/samples';
import { STANDING, TEA_WITH_GATES } from './samples';

test('what people have passed is told, and which channel cannot be checked', async () => {
  await initLanguage('en');
  const api = new FakeApi();
  api.on('GET /api/v1/shops', () => json([TEA_WITH_GATES, ...SHOPS.slice(1)]));
  api.on('GET /api/v1/bots/7000000001/modules/gates/standing', () => json(STANDING));
  renderApp('/gates');
  expect(await screen.findByText('412')).toBeTruthy();
  expect(screen.getByText('cannot be checked: the bot is no administrator there')).toBeTruthy();
  expect(screen.getByText(/Make the bot an administrator/)).toBeTruthy();
  const settings = screen.getByText('What people pass').closest('a');
  expect(settings?.getAttribute('href')).toContain('module=gates');
});
