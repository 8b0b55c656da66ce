import { read } from '../../api/client';
import type { Language } from '../../api/model';
import type { components } from '../../api/schema';

export type Metric = components['schemas']['MetricView'];

/** Changes with the version of the program alone. */
export const dictionaryQuery = (lang: Language) => ({
  ...read('/api/v1/dictionary', { params: { query: { lang } } }),
  staleTime: Number.POSITIVE_INFINITY,
});

/** How a screen names a metric: `cohort_day.retention`. */
export const keyOfMetric = ({ table, name }: Pick<Metric, 'table' | 'name'>) => `${table}.${name}`;
