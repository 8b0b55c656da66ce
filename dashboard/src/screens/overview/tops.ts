import { read } from '../../api/client';
import type { Language } from '../../api/model';
import type { components } from '../../api/schema';
import { type DayRange, daysBetween, daysOf, type View } from '../../view/view';

type MetricsAnswer = components['schemas']['MetricsAnswer'];

/** One of the best sellers; `value` in minor units. `key` is the product's or the source's id. */
export type Top = { key: string; label: string | null; currency: string; value: number };

const SHOWN = 5;
/** A minute is soon enough for what moves by ranks. */
const ANEW_MS = 60_000;

const topQuery = (
  metrics: string,
  breakdown: 'product' | 'source',
  shops: number[],
  days: DayRange,
  language: Language,
) => {
  const query = {
    ...(shops.length ? { shops: shops.join(',') } : {}),
    metrics,
    breakdown,
    from: days.from,
    to: days.to,
    grain: 'whole' as const,
    compare: 'none' as const,
    lang: language,
  };
  return { ...read('/api/v1/metrics/query', { params: { query } }), refetchInterval: ANEW_MS };
};

/** Of the daily tables, which are made by the hour. */
export const topProductsQuery = (shops: number[], days: DayRange, language: Language) =>
  topQuery('product_day.net_sales_minor', 'product', shops, days, language);

/** Counted at once, by the link that first brought the buyer. */
export const topLinksQuery = (shops: number[], days: DayRange, language: Language) =>
  topQuery('net_sales_minor', 'source', shops, days, language);

/** The view's days for what is counted at once. A single day says little of products, whose tables
 * are made by the hour: for it, they are those of the week that ends with it. */
export function topDaysOf(
  view: View,
  zone: string,
  now: Date,
): Record<'days' | 'closed', DayRange> {
  const days = daysOf(view, zone, now);
  if (daysBetween(days) > 1) return { days, closed: days };
  const week = new Date(Date.parse(`${days.to}T00:00:00Z`) - 6 * 86_400_000);
  return { days, closed: { from: week.toISOString().slice(0, 10), to: days.to } };
}

/** What sold at all, the most first, in each currency of its own. */
export const topsOf = ({ series }: MetricsAnswer): Top[] =>
  series
    .flatMap(({ key, label, currency, value, is_converted }) =>
      key != null && currency && value && !is_converted
        ? [{ key, label: label ?? null, currency, value }]
        : [],
    )
    .filter(({ value }) => value > 0)
    .slice(0, SHOWN);
