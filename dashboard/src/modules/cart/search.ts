import { numberOf, oneOf } from '../../view/addressParts';

export const STATES = ['left', 'open'] as const;
export const REMINDED = ['yes', 'no'] as const;
export const SORTS = ['newest', 'oldest'] as const;

/** Absent: every open cart, the newest change first. */
export type CartsSearch = {
  bot: number | undefined;
  state: (typeof STATES)[number] | undefined;
  reminded: (typeof REMINDED)[number] | undefined;
  sort: 'oldest' | undefined;
  buyer: number | undefined;
};

export function parseCartsSearch(raw: Record<string, unknown>): CartsSearch {
  return {
    bot: numberOf(raw.bot),
    state: oneOf(STATES, raw.state),
    reminded: oneOf(REMINDED, raw.reminded),
    sort: oneOf(['oldest'] as const, raw.sort),
    buyer: numberOf(raw.buyer),
  };
}
