import { expect, test } from 'vitest';
import { OVERVIEW } from '../../testing/FakeApi';
import { cardId, cardsOf, chosenCard, isNew, isWithoutSales, lastIsIncomplete } from './cards';
import { parseOverviewSearch } from './search';

const [sales, orders] = OVERVIEW.figures as [
  (typeof OVERVIEW.figures)[0],
  (typeof OVERVIEW.figures)[0],
];

test('cards stand in their order, money once per currency', () => {
  const roubles = { ...sales, currency: 'RUB' };
  expect(cardsOf([orders, sales, roubles]).map(cardId)).toEqual([
    'net_sales:XTR',
    'net_sales:RUB',
    'paid_orders',
  ]);
});

test('an unknown card falls back to the first', () => {
  expect(chosenCard([sales, orders], 'paid_orders')).toBe(orders);
  expect(chosenCard([sales, orders], 'net_sales:EUR')).toBe(sales);
  expect(chosenCard([], undefined)).toBeUndefined();
});

test('new and without sales are different things', () => {
  expect(isNew(OVERVIEW)).toBe(false);
  expect(isWithoutSales(OVERVIEW)).toBe(false);
  const unsold = { ...OVERVIEW, figures: [{ ...orders, value: 0, previous: null }] };
  expect(isNew(unsold)).toBe(false);
  expect(isWithoutSales(unsold)).toBe(true);
});

test('the last point is incomplete until its bucket is over', () => {
  const at = (as_of: string) => ({ as_of, timezone: 'Europe/Moscow' });
  expect(lastIsIncomplete(sales.series, at('2026-11-23T09:59:59Z'))).toBe(true);
  expect(lastIsIncomplete(sales.series, at('2026-11-23T10:00:00Z'))).toBe(false);
  const mixed = { as_of: '2026-11-23T10:00:00Z', timezone: null };
  expect(lastIsIncomplete(sales.series, mixed)).toBe(true);
  expect(lastIsIncomplete(sales.series.slice(0, 1), at('2026-11-23T07:00:01Z'))).toBe(false);
});

test('an address made by hand cannot break the view', () => {
  expect(parseOverviewSearch({ table: 'no', card: '' })).toEqual({});
  expect(parseOverviewSearch({ card: 'aov', table: 'true' })).toEqual({ card: 'aov', table: true });
});
