import { infiniteQueryOptions } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type Shown = Schemas['ShownBroadcast'];
export type Draft = Schemas['BroadcastDraft'];
export type Audience = NonNullable<Draft['audience']>;

const MODULE = '/api/v1/bots/{bot_id}/modules/broadcasts';
export const LIST = `${MODULE}/broadcasts` as const;
export const ONE = `${LIST}/{broadcast_id}` as const;

const FAST = 5_000;
const isMoving = ({ broadcast: { state } }: Shown) => state === 'sending' || state === 'scheduled';

/** The newest first, a page at a time; anew every few seconds while one is on its way. */
export const broadcastsQuery = (botId: number) =>
  infiniteQueryOptions({
    queryKey: [LIST, botId],
    queryFn: ({ pageParam, signal }) =>
      send('get', LIST, {
        params: { path: { bot_id: botId }, query: { before: pageParam } },
        signal,
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next_before }) => next_before ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ broadcasts }) => broadcasts.some(isMoving)) ? FAST : false,
  });

export const broadcastQuery = (botId: number, broadcastId: number) => ({
  ...read(ONE, { params: { path: { bot_id: botId, broadcast_id: broadcastId } } }),
  refetchInterval: ({ state }: { state: { data: Shown | undefined } }) =>
    state.data && isMoving(state.data) ? FAST : (false as const),
});

export const groupsQuery = (botId: number) =>
  read(`${MODULE}/groups`, { params: { path: { bot_id: botId } } });

/** To how many an audience would go, and until when. */
export const previewQuery = (botId: number, audience: Audience) => ({
  queryKey: [`${MODULE}/preview`, botId, audience],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    send('post', `${MODULE}/preview`, {
      params: { path: { bot_id: botId } },
      body: audience,
      signal,
    }),
});

export const productsQuery = (shopId: number) => ({
  ...read('/api/v1/shops/{shop_id}/products', {
    params: { path: { shop_id: shopId }, query: { limit: 200 } },
  }),
  staleTime: 60_000,
});

export const isOfBroadcasts = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  String(queryKey[0]).startsWith(LIST);
