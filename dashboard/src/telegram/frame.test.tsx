import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepBearer } from '../api/bearer';
import { initLanguage } from '../i18n';
import { FakeApi } from '../testing/FakeApi';
import { renderApp } from '../testing/renderApp';

beforeEach(() => initLanguage('en'));
afterEach(() => {
  delete window.TelegramWebviewProxy;
  document.documentElement.removeAttribute('style');
});

test('within Telegram the panel has its theme, safe areas, back button and a tap that is felt', async () => {
  const api = new FakeApi();
  api.on('POST /api/v1/leave', () => new Response(null, { status: 204 }));
  const posted: string[] = [];
  window.TelegramWebviewProxy = { postEvent: (name, data) => void posted.push(`${name} ${data}`) };
  keepBearer('vts_abc');
  const { router, address } = renderApp('/');
  const isTold = (what: string) => waitFor(() => expect(posted).toContain(what));
  const hear = (name: string, data: object) =>
    act(() => window.Telegram?.WebView?.receiveEvent(name, data));

  // At home Telegram's own cross closes the panel.
  await isTold('web_app_setup_back_button {"is_visible":false}');
  await act(() => router.navigate({ to: '/shops' as never }));
  await isTold('web_app_setup_back_button {"is_visible":true}');
  hear('back_button_pressed', {});
  await waitFor(() => expect(address()).toBe('/'));

  hear('safe_area_changed', { top: 47, bottom: 34 });
  hear('content_safe_area_changed', { top: 46, bottom: 0 });
  const { style, dataset } = document.documentElement;
  expect(style.getPropertyValue('--telegram-top')).toBe('93px');
  expect(style.getPropertyValue('--telegram-bottom')).toBe('34px');

  hear('theme_changed', { theme_params: { bg_color: '#17212b' } });
  await waitFor(() => expect(dataset.mantineColorScheme).toBe('dark'));
  hear('theme_changed', { theme_params: { bg_color: '#ffffff' } });
  await waitFor(() => expect(dataset.mantineColorScheme).toBe('light'));

  await userEvent.click(await screen.findByRole('button', { name: 'Leave the panel' }));
  await isTold(
    'web_app_trigger_haptic_feedback {"type":"notification","notification_type":"success"}',
  );
});
