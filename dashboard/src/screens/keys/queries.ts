import { useMutation, useQueryClient } from '@tanstack/react-query';
import { read } from '../../api/client';
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type ApiKey = Schemas['ApiKey'];
export type NewApiKey = Schemas['NewApiKey'];
export type KeyDraft = Schemas['ApiKeyDraft'];
export type Scope = ApiKey['scope'];
export type WriteKey = Schemas['WriteKey'];
export type AnalystKey = Schemas['AnalystKey'];
export type NewAnalystKey = Schemas['NewAnalystKey'];

export const SCOPES = ['figures', 'orders', 'customers', 'sheet'] as const;

export const API_KEYS = '/api/v1/api-keys';
export const API_KEY = `${API_KEYS}/{key_id}` as const;
export const WRITE_KEYS = '/api/v1/shops/{shop_id}/write-keys';
export const WRITE_KEY = `${WRITE_KEYS}/{key_id}` as const;
export const ANALYST_KEYS = '/api/v1/analysts/keys';
export const ANALYST_KEY = `${ANALYST_KEYS}/{key_id}` as const;

export const apiKeysQuery = read(API_KEYS);
export const analystKeysQuery = read(ANALYST_KEYS);
export const writeKeysQuery = (shopId: number) =>
  read(WRITE_KEYS, { params: { path: { shop_id: shopId } } });

const isOfKeys = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  [API_KEYS, WRITE_KEYS, ANALYST_KEYS].includes(String(queryKey[0]));

/** A change of keys; a secret in its answer is forgotten with the component that asked. */
export function useKeyChange<T, V = void>(
  change: (value: V) => Promise<T>,
  onDone?: (answer: T) => void,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    gcTime: 0,
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ predicate: isOfKeys }),
  });
}

const DAY_MS = 86_400_000;

/** What a spreadsheet is given: the net sales and orders of the last thirty days, day by day. */
export function sheetAddress(secret: string, now: Date): string {
  const day = (back: number) => new Date(now.getTime() - back * DAY_MS).toISOString().slice(0, 10);
  const query = `metrics=net_sales,paid_orders&from=${day(30)}&to=${day(0)}&grain=day`;
  return `${location.origin}/api/v1/sheets/${secret}/metrics.csv?${query}`;
}
