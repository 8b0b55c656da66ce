import { infiniteQueryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import type { components } from '../../api/schema';
import type { Tone } from '../../ui/Pill';
import type { ReviewsSearch } from './search';

export type Review = components['schemas']['Review'];

const MODULE = '/api/v1/bots/{bot_id}/modules/reviews';
const LIST = `${MODULE}/reviews` as const;
export const REVIEW = `${LIST}/{review_id}` as const;

export const TONES: Record<Review['state'], Tone> = {
  waiting: 'waiting',
  shown: 'good',
  hidden: 'plain',
};

/** The newest first, a page at a time. */
export const reviewsQuery = (
  botId: number,
  { state, product }: Pick<ReviewsSearch, 'state' | 'product'>,
) =>
  infiniteQueryOptions({
    queryKey: [LIST, botId, { state, product }],
    queryFn: ({ pageParam, signal }) =>
      send('get', LIST, {
        params: {
          path: { bot_id: botId },
          query: { state, product_id: product, before: pageParam },
        },
        signal,
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next_before }) => next_before ?? undefined,
    refetchInterval: 30_000,
  });

export const ratingsQuery = (botId: number) =>
  read(`${MODULE}/ratings`, { params: { path: { bot_id: botId } } });

/** A change of a review; the list is read anew after it. */
export function useReviewChange<V = void>(
  change: (value: V) => Promise<Review>,
  onChanged: (review: Review) => void,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: onChanged,
    onSettled: () =>
      client.invalidateQueries({
        predicate: ({ queryKey }) => String(queryKey[0]).startsWith(MODULE),
      }),
  });
}
