import { infiniteQueryOptions } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import type { components } from '../../api/schema';
import type { CartsSearch } from './search';

type Schemas = components['schemas'];
export type OpenCart = Schemas['OpenCart'];
export type OpenCarts = Schemas['OpenCarts'];

const LIST = '/api/v1/bots/{bot_id}/modules/cart/carts';

const wantedOf = ({ state, reminded, sort, buyer }: CartsSearch) => ({
  left: state && state === 'left',
  reminded: reminded && reminded === 'yes',
  sort,
  buyer_no: buyer,
});

/** Carts with something in them, a page at a time. */
export const cartsQuery = (botId: number, search: CartsSearch) =>
  infiniteQueryOptions({
    queryKey: [LIST, botId, wantedOf(search)],
    queryFn: ({ pageParam, signal }) =>
      send('get', LIST, {
        params: { path: { bot_id: botId }, query: { ...wantedOf(search), ...pageParam } },
        signal,
      }),
    initialPageParam: {} as { after_at?: string; after_buyer_no?: number },
    getNextPageParam: ({ next_at, next_buyer_no }) =>
      next_at && next_buyer_no ? { after_at: next_at, after_buyer_no: next_buyer_no } : undefined,
    refetchInterval: 30_000,
  });

/** What lies in all open carts, by currency. */
export const cartsSummaryQuery = (botId: number) =>
  read('/api/v1/bots/{bot_id}/modules/cart/summary', { params: { path: { bot_id: botId } } });
