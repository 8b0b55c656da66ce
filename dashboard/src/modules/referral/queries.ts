import { infiniteQueryOptions } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import type { components } from '../../api/schema';
import type { State } from './search';

type Schemas = components['schemas'];
export type HeldReward = Schemas['HeldReward'];
export type RewardSum = Schemas['RewardSum'];
export type InviterRow = Schemas['InviterRow'];

const BASE = '/api/v1/bots/{bot_id}/modules/referral';
export const REWARDS = `${BASE}/rewards` as const;
export const ONE = `${REWARDS}/{reward_id}` as const;

/** The newest first, a page at a time. */
export const rewardsQuery = (botId: number, state: State | undefined) =>
  infiniteQueryOptions({
    queryKey: [REWARDS, botId, { state }],
    queryFn: ({ pageParam, signal }) =>
      send('get', REWARDS, {
        params: { path: { bot_id: botId }, query: { state, before: pageParam } },
        signal,
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next_before }) => next_before ?? undefined,
  });

export const sumsQuery = (botId: number) =>
  read(`${BASE}/sums`, { params: { path: { bot_id: botId } } });

export const invitersQuery = (botId: number) =>
  read(`${BASE}/inviters`, { params: { path: { bot_id: botId }, query: { limit: 20 } } });

export const isOfReferrals = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  String(queryKey[0]).startsWith(BASE);
