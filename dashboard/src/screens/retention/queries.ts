import { read } from '../../api/client';
import type { components } from '../../api/schema';
import { dayIn } from '../../format/time';
import type { Grain, Measure } from './search';

type Schemas = components['schemas'];
export type CohortsAnswer = Schemas['CohortsAnswer'];
export type Cohort = Schemas['Cohort'];
export type CohortAge = Schemas['CohortAge'];

const DAYS: Record<Grain, number> = { day: 1, week: 7, month: 31 };
const DAY_MS = 86_400_000;

const before = (day: string, days: number) =>
  new Date(Date.parse(`${day}T00:00:00Z`) - days * DAY_MS).toISOString().slice(0, 10);

/** The days in which so many cohorts can be over by yesterday, by the shop's clock. */
export function daysOfCohorts(count: number, grain: Grain, timeZone: string, now: Date) {
  const to = before(dayIn(timeZone, now), 1);
  return { from: before(to, count * DAYS[grain] + (grain === 'day' ? -1 : 0)), to };
}

export const cohortsQuery = (
  shopId: number,
  days: { from: string; to: string },
  grain: Grain,
  isClean: boolean,
) =>
  read('/api/v1/shops/{shop_id}/cohorts', {
    params: {
      path: { shop_id: shopId },
      query: { ...days, grain, variant: isClean ? 'clean' : 'raw' },
    },
  });

/** A cell's value: a share, or minor units of the shop's currency; null: not known. */
export function measureOf(age: CohortAge, measure: Measure): number | null {
  switch (measure) {
    case 'retention':
      return age.retention;
    case 'rolling':
      return age.rolling_retention;
    case 'conversion':
      return age.conversion;
    case 'ltv':
      return age.ltv_minor;
  }
}

/** How many people a share is of. */
export function peopleOf(age: CohortAge, measure: Measure): number | null {
  switch (measure) {
    case 'retention':
      return age.retained;
    case 'rolling':
      return age.returned;
    case 'conversion':
      return age.converted;
    case 'ltv':
      return null;
  }
}

/** Every age that some cohort has completed, the youngest first. */
export const agesOf = ({ together }: CohortsAnswer) => together.map(({ age }) => age);

const LEVELS = 6;

/** How deep a cell's colour is, 0 to 5, against the largest value of the table. */
export const levelOf = (value: number | null, largest: number) =>
  value === null || value <= 0 || largest <= 0
    ? 0
    : Math.min(LEVELS - 1, 1 + Math.floor((value / largest) * (LEVELS - 1)));
