import { isSaid, numberOf, oneOf } from '../../view/addressParts';

export const GRAINS = ['week', 'month', 'day'] as const;
export type Grain = (typeof GRAINS)[number];
export const MEASURES = ['retention', 'rolling', 'conversion', 'ltv'] as const;
export type Measure = (typeof MEASURES)[number];
/** How many cohorts are shown at most. */
export const COUNTS = ['8', '12', '24'] as const;

/** Absent: the last twelve weeks, retention on the very day, everybody. */
export type RetentionSearch = {
  shop: number | undefined;
  grain: Grain | undefined;
  measure: Measure | undefined;
  count: (typeof COUNTS)[number] | undefined;
  clean: true | undefined;
};

export function parseRetentionSearch(raw: Record<string, unknown>): RetentionSearch {
  return {
    shop: numberOf(raw.shop),
    grain: oneOf(GRAINS, raw.grain),
    measure: oneOf(MEASURES, raw.measure),
    count: oneOf(COUNTS, String(raw.count)),
    clean: isSaid(raw.clean),
  };
}
