import { queryOptions } from '@tanstack/react-query';
import createClient, { type FetchResponse, type MaybeOptionalInit } from 'openapi-fetch';
import type {
  HttpMethod,
  MediaType,
  PathsWithMethod,
  RequiredKeysOf,
} from 'openapi-typescript-helpers';
import type { ApiError } from './errors';
import type { paths } from './schema';
import { transport } from './transport';

const client = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? '',
  credentials: 'same-origin',
  headers: { accept: 'application/json' },
  fetch: transport,
  // The API takes lists with commas: ?shops=1,2.
  querySerializer: { array: { style: 'form', explode: false } },
});

type Init<P extends keyof paths, M extends HttpMethod> = MaybeOptionalInit<
  paths[P],
  M & keyof paths[P]
>;
type Rest<I> = RequiredKeysOf<I> extends never ? [init?: I] : [init: I];
/** What a route answers when all is well. */
export type Answer<P extends keyof paths, M extends HttpMethod> =
  FetchResponse<
    // biome-ignore lint/suspicious/noExplicitAny: openapi-fetch's own bound for a path's operation
    paths[P][M & keyof paths[P]] & Record<string | number, any>,
    object,
    MediaType
  > extends infer R
    ? R extends { data: infer D }
      ? D
      : never
    : never;

type Raw = (
  method: string,
  path: string,
  init: unknown,
) => Promise<{ data?: unknown; response: Response }>;
const request = client.request as unknown as Raw;

/** Makes a request that the schema knows; raises ApiError. Without content the answer is undefined. */
export async function send<M extends HttpMethod, P extends PathsWithMethod<paths, M>>(
  method: M,
  path: P,
  ...[init]: Rest<Init<P, M>>
): Promise<Answer<P, M>> {
  const { data } = await request(method, path, init);
  return data as Answer<P, M>;
}

/** What was read, and the version that a change of it must name (`If-Match`). */
export type Versioned<T> = { data: T; version: string };

const keyOf = (path: string, init: unknown) =>
  [path, (init as { params?: unknown } | undefined)?.params ?? {}] as const;

/** How react-query reads a route: `useQuery(read('/api/v1/shops'))`. Its key is [path, params]. */
export function read<P extends PathsWithMethod<paths, 'get'>>(
  path: P,
  ...[init]: Rest<Init<P, 'get'>>
) {
  return queryOptions<Answer<P, 'get'>, ApiError, Answer<P, 'get'>, readonly unknown[]>({
    queryKey: keyOf(path, init),
    queryFn: async ({ signal }) => {
      const { data } = await request('get', path, { ...(init as object | undefined), signal });
      return data as Answer<P, 'get'>;
    },
  });
}

/** As `read`, with the answer's ETag beside it; its key is [path, params, 'versioned']. */
export function readVersioned<P extends PathsWithMethod<paths, 'get'>>(
  path: P,
  ...[init]: Rest<Init<P, 'get'>>
) {
  return queryOptions<
    Versioned<Answer<P, 'get'>>,
    ApiError,
    Versioned<Answer<P, 'get'>>,
    readonly unknown[]
  >({
    queryKey: [...keyOf(path, init), 'versioned'],
    queryFn: async ({ signal }) => {
      const { data, response } = await request('get', path, {
        ...(init as object | undefined),
        signal,
      });
      return { data: data as Answer<P, 'get'>, version: response.headers.get('etag') ?? '' };
    },
  });
}
