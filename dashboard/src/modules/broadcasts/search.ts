import { numberOf, oneOf } from '../../view/addressParts';
import { SEGMENTS, type Segment } from './draft';

/** Whose broadcasts are listed, and which one is open; `new` is one that is yet to be written. */
export type BroadcastSearch = {
  bot: number | undefined;
  broadcast: number | 'new' | undefined;
  /** To whom a new one goes, unless something else is chosen. */
  segment: Segment | undefined;
};

export function parseBroadcastSearch(raw: Record<string, unknown>): BroadcastSearch {
  return {
    bot: numberOf(raw.bot),
    broadcast: raw.broadcast === 'new' ? 'new' : numberOf(raw.broadcast),
    segment: oneOf(SEGMENTS, raw.segment),
  };
}
