import { infiniteQueryOptions } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import type { components } from '../../api/schema';
import type { PromoSearch } from './search';

type Schemas = components['schemas'];
export type PromoCode = Schemas['bots__modules__promo__panel__CodeRow'];
export type PromoDraft = Schemas['PromoDraft'];
export type CodesReport = Schemas['CodesReport'];
export type Kind = PromoDraft['kind'];

export const LIST = '/api/v1/bots/{bot_id}/modules/promo/codes';
export const ONE = `${LIST}/{promo_id}` as const;
export const FILE = '/api/v1/bots/{bot_id}/modules/promo/codes.csv';

/** The newest first, a page at a time. */
export const codesQuery = (botId: number, { state, query }: PromoSearch) =>
  infiniteQueryOptions({
    queryKey: [LIST, botId, { state, query }],
    queryFn: ({ pageParam, signal }) =>
      send('get', LIST, {
        params: { path: { bot_id: botId }, query: { state, query, before: pageParam } },
        signal,
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next_before }) => next_before ?? undefined,
  });

export const codeQuery = (botId: number, promoId: number) =>
  read(ONE, { params: { path: { bot_id: botId, promo_id: promoId } } });

/** What a gift, or a code's range, is chosen from. */
export const productsQuery = (shopId: number) => ({
  ...read('/api/v1/shops/{shop_id}/products', {
    params: { path: { shop_id: shopId }, query: { limit: 200 } },
  }),
  staleTime: 60_000,
});

export const isOfCodes = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  String(queryKey[0]).startsWith(LIST);
