import { expect, test } from 'vitest';
import { sizesOfCode } from './firstLoad';

const KIB = 1024;
const MOST_MAIN = 200 * KIB;
const MOST_CHUNK = 40 * KIB;

test('what every screen waits for is small, and so is each screen', () => {
  const { main, others } = sizesOfCode();
  expect(main).toBeLessThanOrEqual(MOST_MAIN);
  expect(Object.keys(others).length).toBeGreaterThan(10);
  expect(Object.entries(others).filter(([, size]) => size > MOST_CHUNK)).toEqual([]);
});
