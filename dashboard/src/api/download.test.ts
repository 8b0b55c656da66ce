import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeApi, problem } from '../testing/FakeApi';
import { keepBearer } from './bearer';
import { takeFile } from './download';
import { READ_WITHIN_MS } from './transport';

const FILE = '/api/v1/exports/orders.csv';
const ADDRESS = `${FILE}?shops=1`;
const rows = (headers: Record<string, string> = {}) => new Response('a,b', { headers });
let api: FakeApi;

beforeEach(() => {
  api = new FakeApi();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test.each([401, 500, 503])('a refusal by %i begins no export', async (status) => {
  api.on(`HEAD ${FILE}`, () => new Response(null, { status }));
  await expect(takeFile(ADDRESS)).rejects.toMatchObject({ status });
  expect(api.asked(`GET ${FILE}`)).toHaveLength(0);
});

test('the words of what is gone are asked for', async () => {
  api.on(`HEAD ${FILE}`, () => new Response(null, { status: 404 }));
  api.on(`GET ${FILE}`, () => problem(404, 'file_not_found'));
  await expect(takeFile(ADDRESS)).rejects.toMatchObject({ code: 'file_not_found' });
});

test('the words of too many exports are asked for', async () => {
  api.on(`HEAD ${FILE}`, () => new Response(null, { status: 429 }));
  api.on(`GET ${FILE}`, () => problem(429, 'export_quota_exceeded'));
  await expect(takeFile(ADDRESS)).rejects.toMatchObject({ code: 'export_quota_exceeded' });
});

test('what may be had by then is the file, not asked for again', async () => {
  api.on(`HEAD ${FILE}`, () => new Response(null, { status: 429 }));
  api.on(`GET ${FILE}`, () => rows());
  const held = await takeFile(ADDRESS);
  expect(held?.name).toBe('orders.csv');
  expect(await held?.body.text()).toBe('a,b');
  expect(api.asked(`GET ${FILE}`)).toHaveLength(1);
});

test('within Telegram the file is fetched with the session', async () => {
  keepBearer('secret');
  api.on(`GET ${FILE}`, () => rows({ 'content-disposition': 'attachment; filename="tea.csv"' }));
  expect((await takeFile(ADDRESS))?.name).toBe('tea.csv');
  expect(api.requests.map(({ method }) => method)).toEqual(['GET']);
  expect(api.requests[0]?.headers.get('authorization')).toBe('Bearer secret');
});

test('a file is called as the server calls it, in any script', async () => {
  keepBearer('secret');
  const called = `inline; filename*=UTF-8''${encodeURIComponent('чай 1.jpg')}`;
  api.on(`GET ${FILE}`, () => rows({ 'content-disposition': called }));
  expect((await takeFile(ADDRESS))?.name).toBe('чай 1.jpg');
});

test('an answer that does not come is given up', async () => {
  vi.useFakeTimers();
  vi.stubGlobal(
    'fetch',
    (_: string, { signal }: RequestInit) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject('late'))),
  );
  const taken = expect(takeFile(ADDRESS)).rejects.toMatchObject({ code: 'timeout' });
  await vi.advanceTimersByTimeAsync(READ_WITHIN_MS);
  await taken;
});
