import { isSaid, numberOf, oneOf } from '../../view/addressParts';
import { isDay } from '../../view/view';
import type { Decision } from './queries';

/** Which link is open (`new` is one that is yet to be made), whether ended ones are listed, and what
 * the log is narrowed to: the link `of`, an outcome, days by UTC. */
export type AccessSearch = {
  link: number | 'new' | undefined;
  ended: true | undefined;
  of: number | undefined;
  decision: Decision | undefined;
  first: string | undefined;
  last: string | undefined;
};

export const DECISIONS: readonly Decision[] = ['allowed', 'refused', 'failed'];

const dayOf = (raw: unknown) => (isDay(raw) ? raw : undefined);

export function parseAccessSearch(raw: Record<string, unknown>): AccessSearch {
  const first = dayOf(raw.first);
  const last = dayOf(raw.last);
  return {
    link: raw.link === 'new' ? 'new' : numberOf(raw.link),
    ended: isSaid(raw.ended),
    of: numberOf(raw.of),
    decision: oneOf(DECISIONS, raw.decision),
    first: first && last && first > last ? undefined : first,
    last,
  };
}
