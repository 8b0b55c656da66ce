import { infiniteQueryOptions } from '@tanstack/react-query';
import { send } from '../../api/client';
import type { components } from '../../api/schema';

export type HistoryItem = components['schemas']['HistoryItem'];

const HISTORY = '/api/v1/shops/{shop_id}/customers/{buyer_no}/history';

/** What a shopper did, the newest first. */
export const historyQuery = (shopId: number, buyerNo: number) =>
  infiniteQueryOptions({
    queryKey: [HISTORY, shopId, buyerNo],
    queryFn: ({ pageParam, signal }) =>
      send('get', HISTORY, {
        params: { path: { shop_id: shopId, buyer_no: buyerNo }, query: { after: pageParam } },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
