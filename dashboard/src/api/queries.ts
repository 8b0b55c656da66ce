import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { setCurrencies } from '../format/money';
import { forgetDraft } from '../screens/connect/kept';
import { forgetBearer } from './bearer';
import { read, send } from './client';
import { isOlderServer, isSessionOver, isUnreachable } from './errors';
import type { Shop } from './model';

const PENDING_POLL_MS = 10_000;
const STATUS_POLL_MS = 30_000;

/** A refusal that came before anything was drawn is not asked for again by what is drawn. */
export const meQuery = { ...read('/api/v1/me'), staleTime: 5 * 60_000, retryOnMount: false };

const isOfMe = (queryKey: readonly unknown[]) => queryKey[0] === meQuery.queryKey[0];

/** Asks who is here anew: if nobody is any more, every screen closes and what was seen is forgotten. */
export const checkSession = (client: QueryClient) =>
  client.invalidateQueries({ queryKey: meQuery.queryKey });

/** What was seen or typed in a session must not stay after it, nor its secret, which would go
 * before a newer session's cookie. */
export function forgetAll(client: QueryClient): void {
  forgetDraft();
  forgetBearer();
  client.removeQueries({ predicate: ({ queryKey }) => !isOfMe(queryKey) });
}

export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    // Wherever the end of the session is noticed first, every screen closes.
    queryCache: new QueryCache({
      onError: (error, { queryKey }) => {
        if (!isSessionOver(error)) return;
        if (isOfMe(queryKey)) forgetAll(client);
        else void checkSession(client);
      },
    }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _context, { meta }) => {
        if (isSessionOver(error) && !meta?.isEntrance) void checkSession(client);
      },
    }),
    defaultOptions: {
      queries: {
        // A refusal stays a refusal; only a failing network or server is worth another try.
        retry: (count, error) => count < 2 && (isUnreachable(error) || isOlderServer(error)),
        refetchOnWindowFocus: false,
        // The panel tells a missing network itself, and tries at once when it is back.
        networkMode: 'always',
        staleTime: 30_000,
      },
      mutations: { networkMode: 'always' },
    },
  });
  return client;
}

/** Before anything with money is drawn; the same for as long as the page is open. */
export const currenciesQuery = {
  ...read('/api/v1/currencies'),
  queryFn: async ({ signal }: { signal: AbortSignal }) => {
    const table = await send('get', '/api/v1/currencies', { signal });
    setCurrencies(table);
    return table;
  },
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
};

export const modulesQuery = { ...read('/api/v1/modules'), staleTime: 5 * 60_000 };

export const templatesQuery = { ...read('/api/v1/templates'), staleTime: 5 * 60_000 };

const shops = read('/api/v1/shops');
/** Kept fresh by the shell's stream; asks by itself, seldom, while a bot is on its way up. */
export const shopsQuery = {
  ...shops,
  refetchInterval: (query: { state: { data?: Shop[] } }) =>
    query.state.data?.some((shop) =>
      shop.bots.some((bot) => bot.state === 'queued' || bot.state === 'starting'),
    )
      ? PENDING_POLL_MS
      : (false as const),
};

/** What of the platform is away or behind. */
export const statusQuery = {
  ...read('/api/v1/status'),
  refetchInterval: STATUS_POLL_MS,
  staleTime: STATUS_POLL_MS / 2,
};

export const attentionQuery = read('/api/v1/attention');
