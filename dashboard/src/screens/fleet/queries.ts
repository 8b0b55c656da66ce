import { useMutation, useQueryClient } from '@tanstack/react-query';
import { read } from '../../api/client';
import { attentionQuery, shopsQuery } from '../../api/queries';
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type FleetBot = Schemas['BotOfFleet'];
export type Worker = Schemas['WorkerOfFleet'];

const FLEET = '/api/v1/fleet';
const ANEW_MS = 10_000;

/** Of these shops, or of all that one sees. */
export const fleetQuery = (shops: readonly number[]) => ({
  ...read(FLEET, { params: { query: shops.length ? { shops: shops.join(',') } : {} } }),
  refetchInterval: ANEW_MS,
});

/** A change of a bot's life, after which all that shows bots is read anew. */
export function useBotChange<V = void>(
  change: (value: V) => Promise<unknown>,
  onDone?: () => void,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: onDone,
    onSettled: () =>
      client.invalidateQueries({
        predicate: ({ queryKey }) =>
          [FLEET, shopsQuery.queryKey[0], attentionQuery.queryKey[0]].includes(String(queryKey[0])),
      }),
  });
}
