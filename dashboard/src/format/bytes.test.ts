import { expect, test } from 'vitest';
import { formatBytes } from './bytes';

test.each([
  [0, '0 byte'],
  [999, '999 byte'],
  [1000, '1 kB'],
  [1540, '1.5 kB'],
  [15_400, '15 kB'],
  [2_340_000_000, '2.3 GB'],
  [5e15, '5,000 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes, 'en')).toBe(text);
});

test('in Russian', () => {
  expect(formatBytes(1540, 'ru').replace(/\s/g, ' ')).toBe('1,5 кБ');
});
