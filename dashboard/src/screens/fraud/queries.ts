import { infiniteQueryOptions } from '@tanstack/react-query';
import { read, readVersioned, send } from '../../api/client';
import type { components } from '../../api/schema';
import type { FraudSearch } from './search';

type Schemas = components['schemas'];
export type Case = Schemas['FraudCase'];
export type Shopper = Schemas['DoubtedShopper'];
export type Decision = Schemas['StoredDecision'];
export type DecisionKind = Decision['decision'];
export type Listed = Schemas['ListedShopper'];
export type Action = Schemas['FraudAction'];
export type Rules = Schemas['FraudRules'];
export type Rule = Schemas['RuleView'];
export type RuleDraft = Schemas['RuleDraft'];
export type Limits = Schemas['LimitsDraft'];

const FRAUD = '/api/v1/shops/{shop_id}/fraud';
const QUEUE = `${FRAUD}/queue` as const;
const SHOPPER = `${FRAUD}/shoppers/{buyer_no}` as const;
export const DECISIONS = `${SHOPPER}/decisions` as const;
export const ONE_DECISION = `${DECISIONS}/{decision_id}` as const;
export const SNOOZES = `${SHOPPER}/snoozes` as const;
export const RULES = `${FRAUD}/rules` as const;
export const ONE_RULE = `${RULES}/{rule}` as const;
export const LIMITS = `${FRAUD}/limits` as const;

type Narrowing = Pick<FraudSearch, 'kind' | 'outcome' | 'decided'>;

/** Who waits for a decision, the highest score first. */
export const queueQuery = (shopId: number, { kind, outcome, decided }: Narrowing) =>
  infiniteQueryOptions({
    queryKey: [QUEUE, shopId, { kind, outcome, decided }],
    queryFn: ({ pageParam, signal }) =>
      send('get', QUEUE, {
        params: {
          path: { shop_id: shopId },
          query: { abuse: kind, outcome, decided, after: pageParam },
        },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: 60_000,
  });

/** What bots did by themselves in the last 90 days, the newest first; of one shopper, if named. */
export const actionsQuery = (shopId: number, buyerNo?: number) =>
  infiniteQueryOptions({
    queryKey: [`${FRAUD}/actions`, shopId, buyerNo ?? null],
    queryFn: ({ pageParam, signal }) =>
      send('get', `${FRAUD}/actions`, {
        params: { path: { shop_id: shopId }, query: { buyer_no: buyerNo, after: pageParam } },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });

/** The allow-list, or those whose abuse was confirmed. */
export const listQuery = (shopId: number, part: 'allowed' | 'denied') =>
  infiniteQueryOptions({
    queryKey: [`${FRAUD}/${part}`, shopId],
    queryFn: ({ pageParam, signal }) =>
      send('get', `${FRAUD}/${part}`, {
        params: { path: { shop_id: shopId }, query: { after: pageParam } },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });

/** With the version that a decision must name: it counts the decisions. */
export const shopperQuery = (shopId: number, buyerNo: number) =>
  readVersioned(SHOPPER, { params: { path: { shop_id: shopId, buyer_no: buyerNo } } });

/** Rules that do not count for a shopper for a time. */
export const snoozesQuery = (shopId: number, buyerNo: number) =>
  read(SNOOZES, { params: { path: { shop_id: shopId, buyer_no: buyerNo } } });

export const rulesQuery = (shopId: number) =>
  readVersioned(RULES, { params: { path: { shop_id: shopId } } });

export const rulePreviewQuery = (shopId: number, rule: string, threshold: number) => ({
  ...read(`${ONE_RULE}/preview`, {
    params: { path: { shop_id: shopId, rule }, query: { threshold } },
  }),
  retry: false,
});

export const limitsPreviewQuery = (shopId: number, { review, block }: Limits) => ({
  ...read(`${LIMITS}/preview`, {
    params: { path: { shop_id: shopId }, query: { review, block } },
  }),
  retry: false,
});

export const isOfFraud = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  String(queryKey[0]).startsWith(FRAUD);
