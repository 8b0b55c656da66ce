import type { QueryClient } from '@tanstack/react-query';
import type { Period } from './model';
import { overviewQuery } from './overview';
import { attentionQuery, currenciesQuery, meQuery, shopsQuery } from './queries';

/** So long the first drawing waits for them; boot.js has drawn the frame meanwhile. */
const WITHIN_MS = 400;
const OVERVIEW = '/api/v1/overview?';

/** The overview that boot.js has asked for. */
function overviewAsked(addresses: Iterable<string>) {
  for (const address of addresses)
    if (address.startsWith(OVERVIEW)) {
      const asked = new URLSearchParams(address.slice(OVERVIEW.length));
      const shops = asked.get('shops')?.split(',').map(Number) ?? [];
      return overviewQuery({ shops, period: asked.get('period') as Period });
    }
  return undefined;
}

/**
 * The answers that boot.js has asked for, before anything is drawn: drawn with them at once, the
 * screen is drawn once instead of four times. What is late or fails is left to whoever draws it.
 */
export async function firstAnswers(queries: QueryClient): Promise<void> {
  const first = globalThis.vitrinaFirst;
  if (!first) return;
  const overview = overviewAsked(first.keys());
  const asked = [
    queries.prefetchQuery(meQuery),
    queries.prefetchQuery(currenciesQuery),
    queries.prefetchQuery(shopsQuery),
    queries.prefetchQuery(attentionQuery),
    overview && queries.prefetchQuery(overview),
  ];
  const late = new Promise((resolve) => setTimeout(resolve, WITHIN_MS));
  await Promise.race([Promise.all(asked), late]);
}
