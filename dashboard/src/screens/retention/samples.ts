import type { ScreenSamples } from '../../testing/screenSamples';
import { DICTIONARY } from '../dictionary/samples';
import type { Cohort, CohortAge, CohortsAnswer } from './queries';

const age = (days: number, size: number, share: number): CohortAge => ({
  age: days,
  size,
  retained: Math.round(size * share),
  retention: share,
  returned: Math.round(size * share * 1.5),
  rolling_retention: share * 1.5,
  converted: Math.round(size * share * 0.5),
  conversion: share * 0.5,
  net_sales_minor: Math.round(size * share * 100),
  ltv_minor: share * 100,
});
const cohort = (first: string, last: string, size: number, shares: number[]): Cohort => ({
  first,
  last,
  size,
  ages: shares.map((share, index) => age([1, 3, 7][index] ?? 14, size, share)),
});

export const COHORTS: CohortsAnswer = {
  as_of: '2026-11-24T09:00:00Z',
  until: '2026-11-23',
  timezone: 'Europe/Moscow',
  currency: 'XTR',
  grain: 'week',
  variant: 'raw',
  cohorts: [
    cohort('2026-11-02', '2026-11-08', 40, [0.5, 0.25, 0.125]),
    cohort('2026-11-09', '2026-11-15', 20, [0.6, 0.2, 0.1]),
    cohort('2026-11-16', '2026-11-22', 10, [0.4]),
  ],
  together: [age(1, 70, 0.5), age(3, 60, 0.23), age(7, 60, 0.12)],
};

export default {
  answers: { 'GET /api/v1/shops/1/cohorts': COHORTS, 'GET /api/v1/dictionary': DICTIONARY },
} satisfies ScreenSamples;
