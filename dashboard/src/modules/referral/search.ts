import { numberOf } from '../../view/addressParts';

export const STATES = ['held', 'given', 'rejected'] as const;
export type State = (typeof STATES)[number];

/** Which rewards are listed. */
export type ReferralSearch = { bot: number | undefined; state: State | undefined };

export function parseReferralSearch(raw: Record<string, unknown>): ReferralSearch {
  return { bot: numberOf(raw.bot), state: STATES.find((each) => each === raw.state) };
}
