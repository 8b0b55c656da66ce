import type { Figure, Language } from '../api/model';
import { numberFormat } from './intl';

export const NONE = '—';

/** Telegram Stars: a currency of its own that Intl does not know, without decimals. */
const STARS = 'XTR';

/** As a person calls it within a label: nobody but programs calls stars XTR. */
export const currencyName = (code: string) => (code === STARS ? '★' : code);

let digitsByCode: Readonly<Record<string, number>> | null = null;

/** Takes the API's table, from which alone amounts get their decimals: Intl's are not ISO 4217's. */
export function setCurrencies(table: Readonly<Record<string, number>>): void {
  digitsByCode = table;
}

/** The codes of the table, in the alphabet's order. */
export const currencyCodes = () => Object.keys(digitsByCode ?? {}).sort();

/** Decimals of a currency: 0 for Stars and XOF, 2 for RUB and HUF, 3 for KWD. */
export function digitsOf(currency: string): number {
  if (!digitsByCode) throw new Error('amounts are drawn before the currencies are known');
  return digitsByCode[currency] ?? 2;
}

/** Minor units to major ones: 1999 RUB is 19.99, 1999 XTR is 1999. For charts, not for sums. */
export const majorUnits = (minor: number, currency: string) => minor / 10 ** digitsOf(currency);

function starred(number: string, language: Language): string {
  return language === 'ru' ? `${number}\u00a0★` : `★${number}`;
}

/** `minor` units in words; null is a dash. Compact is for axes: "★1.2K", "1,2 тыс. ₽". */
export function formatMoney(
  minor: number | null,
  currency: string,
  language: Language,
  { compact = false }: { compact?: boolean } = {},
): string {
  if (minor === null) return NONE;
  const value = majorUnits(minor, currency);
  const notation = compact
    ? ({ notation: 'compact', maximumFractionDigits: 1 } as const)
    : ({} as const);
  if (currency === STARS) {
    const digits = compact ? notation : { maximumFractionDigits: 0 };
    return starred(numberFormat(language, digits).format(value), language);
  }
  return numberFormat(language, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    ...notation,
    minimumFractionDigits: compact ? 0 : digitsOf(currency),
    maximumFractionDigits: compact ? 1 : digitsOf(currency),
  }).format(value);
}

export function formatCount(
  value: number | null,
  language: Language,
  { compact = false }: { compact?: boolean } = {},
): string {
  if (value === null) return NONE;
  return numberFormat(
    language,
    compact ? { notation: 'compact', maximumFractionDigits: 1 } : { maximumFractionDigits: 1 },
  ).format(value);
}

export function formatShare(value: number | null, language: Language): string {
  if (value === null) return NONE;
  return numberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(value);
}

/** A figure's value (or its previous one, or a point of its series) the way its kind is read. */
export function formatFigure(
  figure: Pick<Figure, 'kind' | 'currency'>,
  value: number | null,
  language: Language,
  options: { compact?: boolean } = {},
): string {
  if (figure.kind === 'money')
    return formatMoney(value, figure.currency ?? STARS, language, options);
  if (figure.kind === 'ratio') return formatShare(value, language);
  return formatCount(value, language, options);
}

/** Relative change, or null where it says nothing: no value, or nothing to compare with. */
export function changeOf(value: number | null, previous: number | null): number | null {
  if (value === null || previous === null || previous === 0) return null;
  return value / previous - 1;
}

export function formatChange(change: number, language: Language): string {
  return numberFormat(language, {
    style: 'percent',
    maximumFractionDigits: Math.abs(change) < 0.1 ? 1 : 0,
    signDisplay: 'exceptZero',
  }).format(change);
}
