import { infiniteQueryOptions } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import type { components } from '../../api/schema';
import type { OrdersSearch } from './search';

type Schemas = components['schemas'];
export type OrderRow = Schemas['OrderRow'];
export type OrderView = Schemas['OrderView'];
export type OrderPayment = Schemas['OrderPayment'];
export type OrderRefund = Schemas['OrderRefund'];
export type Happening = Schemas['Happening'];
export type OrderStatus = OrderRow['status'];
export type Stage = OrderRow['stage'];

const LIST = '/api/v1/bots/{bot_id}/modules/orders/orders';
const ON_ITS_WAY_MS = 1500;
export const ORDER = '/api/v1/bots/{bot_id}/modules/orders/orders/{order_id}';

/** What the API narrows the list by; the same for the list and its file. */
export const wantedOf = ({ status, stage, needs, buyer, text }: OrdersSearch) => ({
  all_bots: true,
  status,
  stage,
  needs_attention: needs,
  buyer_no: buyer,
  text,
});

/** A page at a time. */
export const ordersQuery = (botId: number, search: OrdersSearch) =>
  infiniteQueryOptions({
    queryKey: [LIST, botId, wantedOf(search), search.sort],
    queryFn: ({ pageParam, signal }) =>
      send('get', LIST, {
        params: {
          path: { bot_id: botId },
          query: { ...wantedOf(search), sort: search.sort, ...pageParam },
        },
        signal,
      }),
    initialPageParam: {} as { before?: number; before_total?: number },
    getNextPageParam: ({ next_before, next_total }) =>
      next_before === null ? null : { before: next_before, before_total: next_total ?? undefined },
    refetchInterval: 15_000,
  });

/** Asked for, and done by the bot within moments: Stars and the wallet's part; the rest a person
 * sends. */
export const isOnItsWay = ({ state, provider }: OrderRefund) =>
  state === 'asked' && (provider === 'stars' || provider === 'wallet');

/** Asks again soon while money is on its way back. */
export const orderQuery = (botId: number, orderId: number) => ({
  ...read(ORDER, { params: { path: { bot_id: botId, order_id: orderId } } }),
  refetchInterval: (query: { state: { data?: OrderView } }) =>
    query.state.data?.refunds.some(isOnItsWay) ? ON_ITS_WAY_MS : (false as const),
});

/** Everything that shows orders, after one was changed. */
export const isOfOrders = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  String(queryKey[0]).startsWith(LIST);

/** The file of what is listed. */
export function fileOf(botId: number, search: OrdersSearch): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(wantedOf(search)))
    if (value !== undefined) query.set(key, String(value));
  return `/api/v1/bots/${botId}/modules/orders/orders.csv?${query}`;
}
