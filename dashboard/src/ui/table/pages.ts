import type { UseInfiniteQueryResult } from '@tanstack/react-query';

/** What a `DataTable` needs to know of rows that come by pages. */
export const pagesOf = (query: UseInfiniteQueryResult) => ({
  hasMore: query.hasNextPage,
  isLoadingMore: query.isFetchingNextPage,
  onMore: () => void query.fetchNextPage(),
  asOf: query.dataUpdatedAt,
});
