import { numberOf, oneOf } from '../../view/addressParts';

export const STATES = ['waiting', 'shown', 'hidden'] as const;

/** Which reviews are listed, and which one is open. */
export type ReviewsSearch = {
  bot: number | undefined;
  state: (typeof STATES)[number] | undefined;
  product: number | undefined;
  review: number | undefined;
};

export const parseReviewsSearch = (raw: Record<string, unknown>): ReviewsSearch => ({
  bot: numberOf(raw.bot),
  state: oneOf(STATES, raw.state),
  product: numberOf(raw.product),
  review: numberOf(raw.review),
});
