import type { Figure, FigureKey, Overview } from '../../api/model';

/** The cards and their order; money stands once per currency. */
const CARD_ORDER: readonly FigureKey[] = [
  'net_sales',
  'paid_orders',
  'aov',
  'active_buyers',
  'new_users',
  'active_users',
];

/** How a card is named in the address: `net_sales:XTR`, `new_users`. */
export const cardId = (figure: Pick<Figure, 'key' | 'currency'>) =>
  figure.currency ? `${figure.key}:${figure.currency}` : figure.key;

export function cardsOf(figures: Figure[]): Figure[] {
  return CARD_ORDER.flatMap((key) => figures.filter((figure) => figure.key === key));
}

export function chosenCard(cards: Figure[], id: string | undefined): Figure | undefined {
  return cards.find((card) => cardId(card) === id) ?? cards[0];
}

/** No event was ever counted for these shops: there is nothing to show yet, not even zeros. */
export const isNew = ({ freshness }: Overview) => freshness.last_event_at === null;

/** How many people have pressed Start or are new, at least: a message of the shop's own bot to its
 * owner is no visit. */
export function visitorsOf({ funnel, figures }: Pick<Overview, 'funnel' | 'figures'>): number {
  const newcomers = figures.filter(({ key }) => key === 'new_users');
  return Math.max(
    0,
    ...funnel.map(({ users }) => users),
    ...newcomers.map(({ value, previous }) => (value ?? 0) + (previous ?? 0)),
  );
}

/** Somebody may have come, nobody has bought: neither in this period nor in the one before. */
export function isWithoutSales({ figures }: Overview): boolean {
  const orders = figures.filter(({ key }) => key === 'paid_orders');
  return orders.length > 0 && orders.every(({ value, previous }) => !value && !previous);
}

/**
 * Whether the last point of a series is still being counted. Points start their bucket, and the
 * bucket is as long as the step before it.
 */
export function lastIsIncomplete(
  series: Figure['series'],
  { as_of, timezone }: Pick<Overview, 'as_of' | 'timezone'>,
): boolean {
  const [before, last] = series.slice(-2);
  if (!before || !last) return false;
  // Clocks of several zones cannot be held against one moment; series run up to now.
  if (timezone === null) return true;
  const step = Date.parse(last.at) - Date.parse(before.at);
  return Date.parse(as_of) < Date.parse(last.at) + step;
}
