import { dayIn } from '../format/time';

export const PRESETS = ['today', 'yesterday', '7d', '30d', '90d', '365d'] as const;
export type Preset = (typeof PRESETS)[number];
export const COMPARISONS = ['previous', 'weekdays', 'year', 'none'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** Days of the calendar, YYYY-MM-DD, both included. */
export type DayRange = { from: string; to: string };

/** What is looked at, on every screen. No shop means all that the link may see. */
export type View = {
  shops: number[];
  period: Preset | 'custom';
  /** Of `custom`. */
  range?: DayRange;
  compare: Comparison;
};

/** A view as the address says it: what is usual is left out. */
export type ViewSearch = {
  shops: number[] | undefined;
  period: Preset | undefined;
  from: string | undefined;
  to: string | undefined;
  compare: Comparison | undefined;
};

const DAY_MS = 86_400_000;
const DAYS: Record<Preset, number> = {
  today: 1,
  yesterday: 1,
  '7d': 7,
  '30d': 30,
  '90d': 90,
  '365d': 365,
};
/** The API answers up to this many days. */
export const MOST_DAYS = 1100;
/** An address longer than a server takes helps nobody. */
const MOST_SHOPS = 500;

export function parseShopIds(raw: unknown): number[] {
  const parts = Array.isArray(raw) ? raw : String(raw ?? '').split(',');
  const ids = parts.map(Number).filter((id) => Number.isSafeInteger(id) && id > 0);
  return [...new Set(ids)].sort((a, b) => a - b).slice(0, MOST_SHOPS);
}

/** A real day of the calendar: the 30th of February is none. */
export function isDay(raw: unknown): raw is string {
  if (typeof raw !== 'string' || !/^20\d\d-\d\d-\d\d$/.test(raw)) return false;
  const moment = new Date(`${raw}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(raw);
}

export const daysBetween = ({ from, to }: DayRange) =>
  Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;

const isRange = ({ from, to }: { from: unknown; to: unknown }) =>
  isDay(from) && isDay(to) && from <= to && daysBetween({ from, to }) <= MOST_DAYS;

/** Takes whatever stands in the address; what cannot be meant is as if it were absent. */
export function parseView(raw: Record<string, unknown>): ViewSearch {
  const shops = parseShopIds(raw.shops);
  const isCustom = isRange({ from: raw.from, to: raw.to });
  const preset = PRESETS.find((each) => each === raw.period);
  const compare = COMPARISONS.find((each) => each === raw.compare);
  return {
    shops: shops.length ? shops : undefined,
    period: isCustom || preset === 'today' ? undefined : preset,
    from: isCustom ? (raw.from as string) : undefined,
    to: isCustom ? (raw.to as string) : undefined,
    compare: compare === 'previous' ? undefined : compare,
  };
}

export function viewOf({ shops, period, from, to, compare }: ViewSearch): View {
  const range = from && to ? { from, to } : undefined;
  return {
    shops: shops ?? [],
    period: range ? 'custom' : (period ?? 'today'),
    ...(range ? { range } : {}),
    compare: compare ?? 'previous',
  };
}

export const searchOf = ({ shops, period, range, compare }: View): ViewSearch =>
  parseView({ shops, period, from: range?.from, to: range?.to, compare });

const shifted = (day: string, days: number) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

/** First and last day: `7d` is today and six days before, by the clock of `timeZone`. */
export function daysOf(
  { period, range }: Pick<View, 'period' | 'range'>,
  timeZone: string,
  now: Date,
): DayRange {
  if (period === 'custom' && range) return range;
  const preset = period === 'custom' ? 'today' : period;
  const today = dayIn(timeZone, now);
  const to = preset === 'yesterday' ? shifted(today, -1) : today;
  return { from: shifted(to, 1 - DAYS[preset]), to };
}

/** The days before or after, as many: for ← and →. Never past today. */
export function moved(range: DayRange, steps: 1 | -1, today: string): DayRange {
  const by = steps * daysBetween(range);
  const to = shifted(range.to, by);
  if (to > today) return range;
  return { from: shifted(range.from, by), to };
}
