import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { initLanguage } from '../i18n';
import { FakeApi, json } from '../testing/FakeApi';
import { renderApp } from '../testing/renderApp';
import { viewAfter } from '../view/usePeriodKeys';
import type { View } from '../view/view';

beforeEach(() => initLanguage('en'));

test('digits choose a shop, X the comparison, Esc drops filters, ? lists all keys', async () => {
  const api = new FakeApi();
  api.on('GET /api/v1/shops/1/customers', () => json({ customers: [], next: null }));
  const app = renderApp('/customers?words=tea&blocked=true');
  await screen.findByRole('list', { name: 'Filters' });
  await screen.findByRole('button', { name: /shops/i });
  await userEvent.keyboard('1');
  await waitFor(() => expect(app.address()).toContain('shops=1'));
  await userEvent.keyboard('0');
  await waitFor(() => expect(app.address()).not.toContain('shops'));
  await userEvent.keyboard('{Escape}');
  await waitFor(() => expect(app.address()).toBe('/customers'));
  await userEvent.keyboard('?');
  expect(await screen.findByText('The month so far')).toBeTruthy();
});

test('single keys move the days as Plausible’s do', () => {
  const now = new Date('2026-11-23T12:00:00Z');
  const view: View = { shops: [], period: '7d', compare: 'previous' };
  const after = (code: string, canCompare = true) => viewAfter(code, view, 'UTC', now, canCompare);
  expect(after('KeyD')).toEqual({ period: 'today', range: undefined });
  expect(after('KeyM')).toEqual({
    period: 'custom',
    range: { from: '2026-11-01', to: '2026-11-23' },
  });
  expect(after('ArrowLeft')).toEqual({
    period: 'custom',
    range: { from: '2026-11-10', to: '2026-11-16' },
  });
  expect(after('ArrowRight')).toBeUndefined();
  expect(after('KeyX')).toEqual({ compare: 'none' });
  expect(after('KeyX', false)).toBeUndefined();
});
