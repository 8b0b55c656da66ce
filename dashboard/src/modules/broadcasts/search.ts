import { numberOf } from '../../view/addressParts';

/** Whose broadcasts are listed, and which one is open; `new` is one that is yet to be written. */
export type BroadcastSearch = {
  bot: number | undefined;
  broadcast: number | 'new' | undefined;
};

export function parseBroadcastSearch(raw: Record<string, unknown>): BroadcastSearch {
  return {
    bot: numberOf(raw.bot),
    broadcast: raw.broadcast === 'new' ? 'new' : numberOf(raw.broadcast),
  };
}
