import type { ScreenSamples } from '../../testing/screenSamples';
import { ANNA } from '../customers/samples';
import { DICTIONARY } from '../dictionary/samples';
import type { SegmentBuyer, SegmentsAnswer } from './queries';

export const SEGMENTS: SegmentsAnswer = {
  as_of: '2026-11-24T09:00:00Z',
  day: '2026-11-23',
  currency: 'XTR',
  variant: 'raw',
  segments: [
    { segment: 'champions', buyers: 30, orders: 90, net_sales_minor: 9_000, recency_days: 4 },
    { segment: 'lost', buyers: 10, orders: 10, net_sales_minor: null, recency_days: 180 },
  ],
};
export const BUYERS: SegmentBuyer[] = [
  {
    buyer_no: 17,
    recency_days: 1,
    orders: 3,
    net_sales_minor: 450,
    r: 5,
    f: 5,
    m: 4,
    customer: ANNA,
  },
  {
    buyer_no: 9,
    recency_days: 2,
    orders: 2,
    net_sales_minor: null,
    r: 5,
    f: 4,
    m: null,
    customer: null,
  },
];

export default {
  answers: {
    'GET /api/v1/shops/1/segments': SEGMENTS,
    'GET /api/v1/shops/1/segments/champions/customers': {
      day: '2026-11-23',
      currency: 'XTR',
      buyers: BUYERS,
      next: null,
    },
    'GET /api/v1/dictionary': DICTIONARY,
  },
  panels: { segment: '/segments?segment=champions' },
} satisfies ScreenSamples;
