import { isSaid, numberOf, oneOf } from '../../view/addressParts';

export const PARTS = ['queue', 'actions', 'allowed', 'denied'] as const;
export type Part = (typeof PARTS)[number];
export const ABUSES = [
  'traffic',
  'promo',
  'stock',
  'payment',
  'refund',
  'goods',
  'flood',
  'scrape',
] as const;
export type Abuse = (typeof ABUSES)[number];
export const OUTCOMES = ['review', 'hold', 'block', 'allow'] as const;

/** Which part is looked at, what it is narrowed to, and whose case is open. */
export type FraudSearch = {
  shop: number | undefined;
  part: Part;
  kind: Abuse | undefined;
  outcome: (typeof OUTCOMES)[number] | undefined;
  decided: true | undefined;
  buyer: number | undefined;
  /** Of the open case. */
  about: Abuse | undefined;
};

export function parseFraudSearch(raw: Record<string, unknown>): FraudSearch {
  return {
    shop: numberOf(raw.shop),
    part: oneOf(PARTS, raw.part) ?? 'queue',
    kind: oneOf(ABUSES, raw.kind),
    outcome: oneOf(OUTCOMES, raw.outcome),
    decided: isSaid(raw.decided),
    buyer: numberOf(raw.buyer),
    about: oneOf(ABUSES, raw.about),
  };
}
