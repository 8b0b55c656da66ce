import { infiniteQueryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import { attentionQuery } from '../../api/queries';
import type { components } from '../../api/schema';
import type { WebhooksSearch } from './search';

type Schemas = components['schemas'];
export type Endpoint = Schemas['Endpoint'];
export type NewEndpoint = Schemas['NewWebhook'];
export type Draft = Schemas['WebhookDraft'];
export type Delivery = Schemas['DeliveriesPage']['deliveries'][number];

export const HOOKS = '/api/v1/shops/{shop_id}/webhooks';
export const HOOK = `${HOOKS}/{endpoint_id}` as const;
export const DELIVERIES = `${HOOK}/deliveries` as const;
export const DELIVERY = `${DELIVERIES}/{delivery_id}` as const;

const ANEW_MS = 10_000;

export const hooksQuery = (shopId: number) => ({
  ...read(HOOKS, { params: { path: { shop_id: shopId } } }),
  refetchInterval: ANEW_MS,
});

/** The newest first, a page at a time. */
export const deliveriesQuery = (
  shopId: number,
  endpointId: number,
  state: WebhooksSearch['state'],
) =>
  infiniteQueryOptions({
    queryKey: [DELIVERIES, shopId, endpointId, state ?? null],
    queryFn: ({ pageParam, signal }) =>
      send('get', DELIVERIES, {
        params: {
          path: { shop_id: shopId, endpoint_id: endpointId },
          query: { state, before: pageParam },
        },
        signal,
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: ANEW_MS,
  });

export const deliveryQuery = (shopId: number, endpointId: number, deliveryId: number) => ({
  ...read(DELIVERY, {
    params: { path: { shop_id: shopId, endpoint_id: endpointId, delivery_id: deliveryId } },
  }),
  refetchInterval: ANEW_MS,
});

const isOfHooks = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  String(queryKey[0]).startsWith(HOOKS) || queryKey[0] === attentionQuery.queryKey[0];

/** A change of web hooks; a secret in its answer is forgotten with the component that asked. */
export function useHookChange<T, V = void>(
  change: (value: V) => Promise<T>,
  onDone?: (answer: T) => void,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    gcTime: 0,
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ predicate: isOfHooks }),
  });
}
