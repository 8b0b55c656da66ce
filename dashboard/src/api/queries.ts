import { QueryClient, queryOptions } from '@tanstack/react-query';
import { setCurrencies } from '../format/money';
import { ApiError, api, type View } from './client';

const PENDING_POLL_MS = 10_000;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // A refusal stays a refusal; only a failing network or server is worth another try.
        retry: (count, error) =>
          count < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
        refetchOnWindowFocus: false,
        staleTime: 30_000,
      },
    },
  });
}

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => api.me(signal),
  staleTime: 5 * 60_000,
});

/** Before anything with money is drawn; the same for as long as the page is open. */
export const currenciesQuery = queryOptions({
  queryKey: ['currencies'],
  queryFn: async ({ signal }) => {
    const table = await api.currencies(signal);
    setCurrencies(table);
    return table;
  },
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
});

export const modulesQuery = queryOptions({
  queryKey: ['modules'],
  queryFn: ({ signal }) => api.modules(signal),
  staleTime: 5 * 60_000,
});

export const templatesQuery = queryOptions({
  queryKey: ['templates'],
  queryFn: ({ signal }) => api.templates(signal),
  staleTime: 5 * 60_000,
});

/** Kept fresh by `useBotStates`; asks by itself, seldom, while a bot is on its way up. */
export const shopsQuery = queryOptions({
  queryKey: ['shops'],
  queryFn: ({ signal }) => api.shops(signal),
  refetchInterval: (query) =>
    query.state.data?.some((shop) =>
      shop.bots.some((bot) => bot.state === 'queued' || bot.state === 'starting'),
    )
      ? PENDING_POLL_MS
      : false,
});

export const attentionQuery = queryOptions({
  queryKey: ['attention'],
  queryFn: ({ signal }) => api.attention(signal),
});

export const overviewQuery = (view: View) =>
  queryOptions({
    queryKey: ['overview', view.shops.join(','), view.period],
    queryFn: ({ signal }) => api.overview(view, signal),
  });

export const dataHealthQuery = queryOptions({
  queryKey: ['data-health'],
  queryFn: ({ signal }) => api.dataHealth(signal),
  refetchInterval: 15_000,
});

export const storageQuery = queryOptions({
  queryKey: ['storage'],
  queryFn: ({ signal }) => api.storage(signal),
});

export const ratesQuery = (shop: number) =>
  queryOptions({
    queryKey: ['rates', shop],
    queryFn: ({ signal }) => api.rates(shop, signal),
  });
