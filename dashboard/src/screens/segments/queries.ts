import { infiniteQueryOptions } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import type { components } from '../../api/schema';
import type { Segment } from './search';

type Schemas = components['schemas'];
export type SegmentsAnswer = Schemas['SegmentsAnswer'];
export type SegmentSize = Schemas['SegmentSize'];
export type SegmentBuyer = Schemas['SegmentBuyer'];

const ROUTE = '/api/v1/shops/{shop_id}/segments';
const BUYERS = `${ROUTE}/{segment}/customers` as const;
const variantOf = (isClean: boolean) => (isClean ? 'clean' : 'raw');

export const segmentsQuery = (shopId: number, isClean: boolean) =>
  read(ROUTE, {
    params: { path: { shop_id: shopId }, query: { variant: variantOf(isClean) } },
  });

/** Who is in a segment, those who paid most first. */
export const buyersQuery = (shopId: number, segment: Segment, isClean: boolean) =>
  infiniteQueryOptions({
    queryKey: [BUYERS, shopId, segment, isClean],
    queryFn: ({ pageParam, signal }) =>
      send('get', BUYERS, {
        params: {
          path: { shop_id: shopId, segment },
          query: { variant: variantOf(isClean), after: pageParam },
        },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
