import { read } from '../../api/client';
import type { Figure, FigureKey, Language, Overview, Period } from '../../api/model';
import type { components } from '../../api/schema';
import { daysBetween, daysOf, type View } from '../../view/view';
import { cardId } from './cards';

type MetricsAnswer = components['schemas']['MetricsAnswer'];

/** What the cards and the chart need of either answer. `step`: what a point of a series is of. */
export type Figures = {
  figures: Figure[];
  /** What each point of a card's series is compared with, by `cardId` and by the point's moment. */
  before: ReadonlyMap<string, ReadonlyMap<number, number | null>>;
  as_of: string;
  timezone: string | null;
  step: 'hour' | 'day' | 'week';
};

/** The cards by the names that the metrics have in the dictionary. */
const METRICS: Record<string, { key: FigureKey; kind: Figure['kind'] }> = {
  net_sales_minor: { key: 'net_sales', kind: 'money' },
  paid_orders: { key: 'paid_orders', kind: 'count' },
  aov_minor: { key: 'aov', kind: 'money' },
  buyers: { key: 'active_buyers', kind: 'count' },
  new_users: { key: 'new_users', kind: 'count' },
  active_users: { key: 'active_users', kind: 'count' },
};
/** A chart of more points than this is noise. */
const MOST_POINTS = 120;

const LIVE: Record<string, Period | undefined> = { today: 'today', '7d': '7d', '30d': '30d' };

/** The period by which the server pushes, if the view is one of those. */
export function livePeriod({ period, compare }: View): Period | undefined {
  return compare === 'previous' ? LIVE[period] : undefined;
}

/** Of one day a point is an hour; of half a year and more, a week. */
export function stepFor(days: number): Figures['step'] {
  if (days === 1) return 'hour';
  return days > MOST_POINTS ? 'week' : 'day';
}

/** Any days, with any comparison. `zone` is the clock by which "today" is meant. */
export function rangeQuery(view: View, zone: string, now: Date, language: Language) {
  const days = daysOf(view, zone, now);
  const query = {
    ...(view.shops.length ? { shops: view.shops.join(',') } : {}),
    metrics: Object.keys(METRICS).join(','),
    from: days.from,
    to: days.to,
    grain: stepFor(daysBetween(days)),
    compare: view.compare,
    lang: language,
  };
  return read('/api/v1/metrics/query', { params: { query } });
}

export function figuresOf(answer: MetricsAnswer): Figures {
  const figures = answer.series.flatMap((series) => {
    const meant = METRICS[series.metric];
    if (!meant || series.is_converted) return [];
    return {
      ...meant,
      currency: series.currency ?? null,
      value: series.value,
      previous: series.previous ?? null,
      series: series.points.map(({ at, value }) => ({ at, value })),
    };
  });
  const before = new Map(
    answer.series.flatMap((series) => {
      const meant = METRICS[series.metric];
      if (!meant || series.is_converted || answer.comparison === null) return [];
      const card = cardId({ key: meant.key, currency: series.currency ?? null });
      const points = series.points.map(
        ({ at, previous }) => [Date.parse(at), previous ?? null] as const,
      );
      return [[card, new Map(points)] as const];
    }),
  );
  const step = answer.grain === 'hour' || answer.grain === 'week' ? answer.grain : 'day';
  return { figures, before, as_of: answer.as_of, timezone: answer.timezone, step };
}

/** `before` comes with an answer of its own: what is over does not change with each push. */
export const figuresOfOverview = (
  { figures, as_of, timezone, period }: Overview,
  before: Figures['before'] = new Map(),
): Figures => ({
  figures,
  before,
  as_of,
  timezone,
  step: period === 'today' ? 'hour' : 'day',
});
