import { expect, test } from 'vitest';
import { daysOf, isDay, moved, parseView, searchOf, viewOf } from './view';

const NOTHING = {
  shops: undefined,
  period: undefined,
  from: undefined,
  to: undefined,
  compare: undefined,
};
const NOW = new Date('2026-11-23T22:30:00Z');

test.each([
  {},
  { shops: 'abc', period: '1y', compare: 'x' },
  { shops: ['-1', '0', '1.5', '1e99'], from: '2026-02-30', to: '2026-03-01' },
  { from: '2026-11-02', to: '2026-11-01' },
  { from: '2020-01-01', to: '2026-11-01' },
  { from: 'today', to: null, period: {}, shops: null },
])('an address that cannot be meant shows the usual view: %j', (raw) => {
  expect(parseView(raw)).toEqual(NOTHING);
});

test('what is usual is left out of the address, the rest comes back as it was', () => {
  expect(parseView({ shops: '2,x,1,2,-3', period: 'today', compare: 'previous' })).toEqual({
    ...NOTHING,
    shops: [1, 2],
  });
  const search = { ...NOTHING, shops: [3], from: '2026-01-01', to: '2026-01-31', compare: 'year' };
  expect(searchOf(viewOf(parseView(search)))).toEqual(search);
  expect(viewOf(parseView({ ...search, period: '7d' })).period).toBe('custom');
});

test('a day of the calendar is one that exists', () => {
  expect(['2026-02-28', '2024-02-29'].every(isDay)).toBe(true);
  expect(['2026-02-29', '2026-13-01', '26-01-01', '', 7, null].some(isDay)).toBe(false);
});

test.each([
  ['today', '2026-11-24', '2026-11-24'],
  ['yesterday', '2026-11-23', '2026-11-23'],
  ['7d', '2026-11-18', '2026-11-24'],
  ['30d', '2026-10-26', '2026-11-24'],
  ['365d', '2025-11-25', '2026-11-24'],
] as const)('%s runs from %s to %s', (period, from, to) => {
  expect(daysOf({ period }, 'Europe/Moscow', NOW)).toEqual({ from, to });
});

test('a period over a change of the clock has all its days', () => {
  const range = daysOf({ period: '7d' }, 'Europe/London', new Date('2026-10-27T12:00:00Z'));
  expect(range).toEqual({ from: '2026-10-21', to: '2026-10-27' });
});

test('the days before and after are as many, and never to come', () => {
  const week = { from: '2026-11-01', to: '2026-11-07' };
  expect(moved(week, -1, '2026-11-24')).toEqual({ from: '2026-10-25', to: '2026-10-31' });
  expect(moved(week, 1, '2026-11-24')).toEqual({ from: '2026-11-08', to: '2026-11-14' });
  expect(moved(week, 1, '2026-11-10')).toBe(week);
});
