import { numberOf } from '../../view/addressParts';

/** Whose points are open beside the list. */
export type LoyaltySearch = { bot: number | undefined; buyer: number | undefined };

export function parseLoyaltySearch(raw: Record<string, unknown>): LoyaltySearch {
  return { bot: numberOf(raw.bot), buyer: numberOf(raw.buyer) };
}
