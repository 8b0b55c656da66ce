import { infiniteQueryOptions } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type LotRow = Schemas['LotRow'];
export type Member = Schemas['Member'];
export type PointSums = Schemas['PointSums'];

const BASE = '/api/v1/bots/{bot_id}/modules/loyalty';
export const LOTS = `${BASE}/lots` as const;
export const ONE = `${BASE}/customers/{buyer_no}` as const;

/** The newest first, a page at a time. */
export const lotsQuery = (botId: number) =>
  infiniteQueryOptions({
    queryKey: [LOTS, botId],
    queryFn: ({ pageParam, signal }) =>
      send('get', LOTS, {
        params: { path: { bot_id: botId }, query: { before: pageParam } },
        signal,
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next_before }) => next_before ?? undefined,
  });

export const sumsQuery = (botId: number) =>
  read(`${BASE}/sums`, { params: { path: { bot_id: botId } } });

export const memberQuery = (botId: number, buyerNo: number) =>
  read(ONE, { params: { path: { bot_id: botId, buyer_no: buyerNo } } });

export const isOfLoyalty = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  String(queryKey[0]).startsWith(BASE);
