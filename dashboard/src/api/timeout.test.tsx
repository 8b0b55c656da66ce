import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { initLanguage } from '../i18n';
import { ErrorCard } from '../ui/ErrorCard';
import { CHANGE_WITHIN_MS, READ_WITHIN_MS, transport } from './transport';

beforeEach(() => initLanguage('en'));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const never = new Promise<never>(() => {});
const halfAnswer = () => Promise.resolve(new Response(new ReadableStream()));

test.each([
  ['an answer', 'GET', () => never, READ_WITHIN_MS],
  ['the rest of an answer', 'GET', halfAnswer, READ_WITHIN_MS],
  ['an answer to a change', 'POST', () => never, CHANGE_WITHIN_MS],
])('%s that does not come is given up and told in words', async (_, method, fetch, within) => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', fetch);
  let error: Error | undefined;
  transport(new Request('http://panel.test/api/v1/me', { method })).catch((cause: Error) => {
    error = cause;
  });
  await vi.advanceTimersByTimeAsync(within - 1000);
  expect(error).toBeUndefined();
  await vi.advanceTimersByTimeAsync(2000);
  vi.useRealTimers();
  render(
    <MantineProvider env="test">
      <ErrorCard error={error as Error} onRetry={() => {}} />
    </MantineProvider>,
  );
  expect(screen.getByRole('alert').textContent).toContain('The server did not answer in time.');
});
