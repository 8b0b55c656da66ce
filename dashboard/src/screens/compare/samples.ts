import { BOOKS, TEA } from '../../testing/samples';
import type { ScreenSamples } from '../../testing/screenSamples';
import { DICTIONARY } from '../dictionary/samples';
import type { MetricsAnswer } from './queries';

const series = (metric: string, value: number, previous: number, currency?: string) => ({
  metric,
  value,
  previous,
  currency: currency ?? null,
  is_converted: false,
  points: [],
});

export const figures = (currency: string): MetricsAnswer => ({
  as_of: '2026-11-24T09:00:00Z',
  first: '2026-11-24',
  last: '2026-11-24',
  timezone: 'Europe/Moscow',
  grain: 'whole',
  variant: 'raw',
  shops: [1],
  breakdown: null,
  comparison: null,
  keys_left_off: 0,
  metrics: [],
  completeness: { complete: true, days: [], left_off: 0 },
  freshness: { last_event_at: null, lag_seconds: null, outbox_waiting: 0 },
  series: [
    series('net_sales_minor', 1200, 1000, currency),
    series('paid_orders', 4, 5),
    series('aov_minor', 300, 300, currency),
    series('buyers', 3, 3),
    series('new_users', 20, 1),
    series('active_users', 50, 40),
  ],
});

export default {
  answers: {
    'GET /api/v1/shops': [TEA, { ...BOOKS, currency: 'RUB' }],
    'GET /api/v1/metrics/query': figures('XTR'),
    'GET /api/v1/shops/1/rates': [],
    'GET /api/v1/shops/2/rates': [
      {
        shop_id: 2,
        base_currency: 'RUB',
        currency: 'XTR',
        rate: '1.5',
        valid_from: '2026-01-01',
      },
    ],
    'GET /api/v1/dictionary': DICTIONARY,
  },
} satisfies ScreenSamples;
