import { expect, test } from 'vitest';
import { dayIn, formatClock, formatDays, formatSpan } from './time';

const plain = (text: string) => text.replaceAll(/[\s\u2009]/g, ' ');

test("a day is the shop's, not the device's", () => {
  const moment = new Date('2026-11-23T22:30:00Z');
  expect(dayIn('Europe/Moscow', moment)).toBe('2026-11-24');
  expect(dayIn('America/New_York', moment)).toBe('2026-11-23');
});

test('spans are said in the largest unit', () => {
  expect([2.4, 61, 7200, 200_000].map((seconds) => formatSpan(seconds, 'en'))).toEqual([
    '2 sec',
    '1 min',
    '2 hr',
    '2 days',
  ]);
  expect(plain(formatSpan(5, 'ru'))).toBe('5 с');
  expect(formatSpan(-3, 'en')).toBe('0 sec');
});

test('clock and days in words', () => {
  expect(formatClock('2026-11-23T09:04:00Z', 'en', 'Europe/Moscow')).toBe('12:04');
  expect(plain(formatDays({ from: '2026-11-17', to: '2026-11-23' }, 'en'))).toMatch(
    /^17.{1,3}23 Nov 2026$/,
  );
});
