import { QueryObserver } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { FakeApi, problem } from '../testing/FakeApi';
import { createQueryClient, meQuery } from './queries';

test('whoever has no session is asked about once', async () => {
  const api = new FakeApi();
  api.on('GET /api/v1/me', () => problem(401, 'no_session'));
  const client = createQueryClient();
  await client.prefetchQuery(meQuery);
  const drawn = new QueryObserver(client, meQuery);
  const leave = drawn.subscribe(() => {});
  expect(drawn.getCurrentResult()).toMatchObject({ status: 'error', fetchStatus: 'idle' });
  expect(api.asked('GET /api/v1/me')).toHaveLength(1);
  leave();
});
