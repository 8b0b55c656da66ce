import { infiniteQueryOptions } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import type { components } from '../../api/schema';
import type { SupportSearch } from './search';

type Schemas = components['schemas'];
export type TicketRow = Schemas['TicketRow'];
export type TicketView = Schemas['TicketView'];
export type TicketMessage = Schemas['Message'];
export type Reply = Schemas['Reply'];

const MODULE = '/api/v1/bots/{bot_id}/modules/support';
const LIST = `${MODULE}/tickets` as const;
export const TICKET = `${LIST}/{ticket_id}` as const;

/** The newest first, a page at a time; what comes in meanwhile shows by itself. */
export const ticketsQuery = (botId: number, { state, buyer }: SupportSearch) =>
  infiniteQueryOptions({
    queryKey: [LIST, botId, { state, buyer }],
    queryFn: ({ pageParam, signal }) =>
      send('get', LIST, {
        params: { path: { bot_id: botId }, query: { state, buyer_no: buyer, before: pageParam } },
        signal,
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next_before }) => next_before ?? undefined,
    refetchInterval: 15_000,
  });

export const ticketQuery = (botId: number, ticketId: number) => ({
  ...read(TICKET, { params: { path: { bot_id: botId, ticket_id: ticketId } } }),
  refetchInterval: 10_000,
});

/** Answers that the owner has written once. */
export const readyQuery = (botId: number) =>
  read(`${MODULE}/answers`, { params: { path: { bot_id: botId } } });

export const summaryQuery = (botId: number) =>
  read(`${MODULE}/summary`, { params: { path: { bot_id: botId } } });

export const isOfSupport = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  String(queryKey[0]).startsWith(MODULE);
