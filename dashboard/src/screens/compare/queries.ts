import { read } from '../../api/client';
import type { Language, Rate, Shop } from '../../api/model';
import type { components } from '../../api/schema';
import { majorUnits } from '../../format/money';
import { daysOf, type View } from '../../view/view';
import { KEYS } from './metrics';

type Schemas = components['schemas'];
export type MetricsAnswer = Schemas['MetricsAnswer'];

/** More shops than this make a table that nobody reads, and as many queries. */
export const MOST_SHOPS = 30;

export const figuresQuery = (
  shop: Shop,
  view: View,
  now: Date,
  isClean: boolean,
  language: Language,
) => {
  const days = daysOf(view, shop.timezone, now);
  return read('/api/v1/metrics/query', {
    params: {
      query: {
        metrics: KEYS.join(','),
        shops: String(shop.id),
        ...days,
        grain: 'whole',
        compare: view.compare,
        variant: isClean ? 'clean' : 'raw',
        lang: language,
      },
    },
  });
};

export const ratesQuery = (shopId: number) =>
  read('/api/v1/shops/{shop_id}/rates', { params: { path: { shop_id: shopId } } });

/** A figure of one shop now and before; money in minor units of `currency`. */
export type Value = { value: number | null; previous: number | null; currency: string | null };

/** All of a shop's money in its own currency, where it was paid in several; null: not known. */
export function figureOf(answer: MetricsAnswer, metric: string, own: string): Value {
  const series = answer.series.filter((each) => each.metric === metric);
  const found =
    series.find(({ is_converted }) => is_converted) ??
    series.find(({ currency }) => !currency || currency === own) ??
    series[0];
  return {
    value: found?.value ?? null,
    previous: found?.previous ?? null,
    currency: found?.currency ?? null,
  };
}

/** What one unit of a currency was worth in another one, and who said so from which day on. */
export type Exchange = { rate: number; from: string; validFrom: string | null };

/**
 * The rate from one currency to another on a day, of those that owners set for their shops: the
 * latest one that holds then, in either direction; null if nobody set one.
 */
export function exchangeOf(
  rates: readonly Rate[],
  from: string,
  to: string,
  day: string,
): Exchange | null {
  if (from === to) return { rate: 1, from, validFrom: null };
  const held = rates
    .filter(({ valid_from }) => valid_from <= day)
    .toSorted((a, b) => b.valid_from.localeCompare(a.valid_from));
  for (const { base_currency, currency, rate, valid_from } of held) {
    const value = Number(rate);
    if (!(value > 0)) continue;
    if (currency === from && base_currency === to)
      return { rate: value, from, validFrom: valid_from };
    if (currency === to && base_currency === from)
      return { rate: 1 / value, from, validFrom: valid_from };
  }
  return null;
}

/** Minor units of one currency in minor units of another one. */
export const exchanged = (minor: number, from: string, to: string, rate: number) =>
  Math.round((majorUnits(minor, from) * rate) / majorUnits(1, to));
