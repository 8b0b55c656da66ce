import { infiniteQueryOptions } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import type { components } from '../../api/schema';
import type { CustomersSearch } from './search';

type Schemas = components['schemas'];
export type Customer = Schemas['ListedCustomer'];

const LIST = '/api/v1/shops/{shop_id}/customers';
const ONE = `${LIST}/{buyer_no}` as const;
export const ERASURE = `${ONE}/erasure` as const;

export const customersQuery = (shopId: number, search: CustomersSearch) => {
  const { words, bought, blocked, source, sort } = search;
  const query = { words, bought, blocked, source, sort };
  return infiniteQueryOptions({
    queryKey: [LIST, shopId, query],
    queryFn: ({ pageParam, signal }) =>
      send('get', LIST, {
        params: { path: { shop_id: shopId }, query: { ...query, after: pageParam } },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: 30_000,
  });
};

export const customerQuery = (shopId: number, buyerNo: number) =>
  read(ONE, { params: { path: { shop_id: shopId, buyer_no: buyerNo } } });

export const erasureQuery = (shopId: number, buyerNo: number) =>
  read(ERASURE, { params: { path: { shop_id: shopId, buyer_no: buyerNo } } });
