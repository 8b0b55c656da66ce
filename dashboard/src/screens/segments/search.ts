import { isSaid, numberOf, oneOf } from '../../view/addressParts';

export const SEGMENTS = ['champions', 'loyal', 'promising', 'at_risk', 'sleeping', 'lost'] as const;
export type Segment = (typeof SEGMENTS)[number];

/** Absent: everybody, none of the segments open. */
export type SegmentsSearch = {
  shop: number | undefined;
  segment: Segment | undefined;
  clean: true | undefined;
};

export const parseSegmentsSearch = (raw: Record<string, unknown>): SegmentsSearch => ({
  shop: numberOf(raw.shop),
  segment: oneOf(SEGMENTS, raw.segment),
  clean: isSaid(raw.clean),
});
