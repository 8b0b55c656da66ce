import { afterEach, expect, test, vi } from 'vitest';
import { api } from './client';

afterEach(() => vi.unstubAllGlobals());

test('what the owner has confirmed is sent again with the id of his answer, and only that', async () => {
  const ids: (string | undefined)[] = [];
  const answers = ['asked', null, null];
  vi.stubGlobal(
    'fetch',
    async (_path: string, { headers }: { headers: Record<string, string> }) => {
      ids.push(headers.confirmation);
      const id = answers.shift();
      if (!id) return new Response(null, { status: 204 });
      const problem = { status: 403, code: 'confirmation_needed', confirmation: { id } };
      return new Response(JSON.stringify(problem), {
        status: 403,
        headers: { 'content-type': 'application/problem+json' },
      });
    },
  );
  await expect(api.removeBot(7)).rejects.toMatchObject({ code: 'confirmation_needed' });
  await api.removeBot(8);
  await api.removeBot(7);
  expect(ids).toEqual([undefined, undefined, 'asked']);
  answers.push(null);
  await api.removeBot(7);
  expect(ids.at(-1)).toBeUndefined();
});
