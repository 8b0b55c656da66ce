import { expect, test } from 'vitest';
import { FakeApi, json, problem } from '../testing/FakeApi';
import { read } from './client';
import { createQueryClient } from './queries';

const client = () => {
  const made = createQueryClient();
  made.setDefaultOptions({ queries: { ...made.getDefaultOptions().queries, retryDelay: 1 } });
  return made;
};

test('a server that is older than the page is asked again: the next one may be updated already', async () => {
  const api = new FakeApi();
  let asked = 0;
  api.on('GET /api/v1/shops', () => (++asked === 1 ? problem(404, 'unknown_address') : json([])));
  await expect(client().fetchQuery(read('/api/v1/shops'))).resolves.toEqual([]);
  expect(asked).toBe(2);
});

test('what is not there is not asked for again', async () => {
  const api = new FakeApi();
  api.on('GET /api/v1/shops', () => problem(404, 'shop_not_found'));
  await expect(client().fetchQuery(read('/api/v1/shops'))).rejects.toMatchObject({ status: 404 });
  expect(api.asked('GET /api/v1/shops')).toHaveLength(1);
});
