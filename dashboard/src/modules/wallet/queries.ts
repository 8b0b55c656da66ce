import { infiniteQueryOptions } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import type { components } from '../../api/schema';
import type { WalletSearch } from './search';

type Schemas = components['schemas'];
export type WalletRow = Schemas['WalletRow'];
export type Entry = Schemas['EntryPage']['entries'][number];
export type Owed = Schemas['Owed'];

const MODULE = '/api/v1/bots/{bot_id}/modules/wallet';
const LIST = `${MODULE}/wallets` as const;
const ONE = `${LIST}/{wallet_id}` as const;
export const ENTRIES = `${MODULE}/customers/{buyer_no}/entries` as const;

/** What an owner may post. */
export const KINDS = ['reward', 'payout', 'adjustment'] as const;
export type Kind = (typeof KINDS)[number];

type Place = { after_balance?: number; after_id?: number };

/** The fullest first, a page at a time; of a named buyer, empty ones too. */
export const walletsQuery = (botId: number, { buyer }: Pick<WalletSearch, 'buyer'>) =>
  infiniteQueryOptions({
    queryKey: [LIST, botId, buyer ?? null],
    queryFn: ({ pageParam, signal }) =>
      send('get', LIST, {
        params: { path: { bot_id: botId }, query: { buyer_no: buyer, ...pageParam } },
        signal,
      }),
    initialPageParam: {} as Place,
    getNextPageParam: ({ next_balance, next_id }): Place | undefined =>
      next_balance === null || next_id === null
        ? undefined
        : { after_balance: next_balance, after_id: next_id },
    refetchInterval: 30_000,
  });

/** A wallet with what changed it, the newest first. */
export const walletQuery = (botId: number, walletId: number) =>
  infiniteQueryOptions({
    queryKey: [ONE, botId, walletId],
    queryFn: ({ pageParam, signal }) =>
      send('get', ONE, {
        params: { path: { bot_id: botId, wallet_id: walletId }, query: { before: pageParam } },
        signal,
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next_before }) => next_before ?? undefined,
  });

export const owedQuery = (botId: number) =>
  read(`${MODULE}/owed`, { params: { path: { bot_id: botId } } });

export const isOfWallets = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  String(queryKey[0]).startsWith(MODULE);
