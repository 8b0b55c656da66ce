import { afterEach, expect, test, vi } from 'vitest';
import { send } from './client';

const removeBot = (bot_id: number) =>
  send('delete', '/api/v1/bots/{bot_id}', { params: { path: { bot_id } } });

afterEach(() => vi.unstubAllGlobals());

test('what the owner has confirmed is sent again with the id of his answer, and only that', async () => {
  const ids: (string | undefined)[] = [];
  const answers = ['asked', null, null];
  vi.stubGlobal('fetch', async ({ headers }: Request) => {
    ids.push(headers.get('confirmation') ?? undefined);
    const id = answers.shift();
    if (!id) return new Response(null, { status: 204 });
    const problem = { status: 403, code: 'confirmation_needed', confirmation: { id } };
    return new Response(JSON.stringify(problem), {
      status: 403,
      headers: { 'content-type': 'application/problem+json' },
    });
  });
  await expect(removeBot(7)).rejects.toMatchObject({ code: 'confirmation_needed' });
  await removeBot(8);
  await removeBot(7);
  expect(ids).toEqual([undefined, undefined, 'asked']);
  answers.push(null);
  await removeBot(7);
  expect(ids.at(-1)).toBeUndefined();
});
