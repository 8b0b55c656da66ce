import { beforeAll, describe, expect, test } from 'vitest';
import { CURRENCIES } from '../testing/FakeApi';
import {
  changeOf,
  currencyCodes,
  digitsOf,
  formatChange,
  formatFigure,
  formatMoney,
  majorUnits,
  setCurrencies,
} from './money';

beforeAll(() => setCurrencies(CURRENCIES));

/** Intl separates with no-break spaces of several widths; the reader sees a space. */
const plain = (text: string) => text.replaceAll(/\s/g, ' ');

describe('money', () => {
  test.each([
    [1250, 'XTR', 'en', '★1,250'],
    [1250, 'XTR', 'ru', '1 250 ★'],
    [0, 'XTR', 'ru', '0 ★'],
    [199_99, 'RUB', 'ru', '199,99 ₽'],
    [199_99, 'USD', 'en', '$199.99'],
    [-50, 'EUR', 'en', '-€0.50'],
    [1500, 'JPY', 'en', '¥1,500'],
    [1500, 'KWD', 'en', 'KWD 1.500'],
    // What browsers' own data would draw 100 times too high, or without the cents.
    [129_050, 'HUF', 'en', 'Ft 1,290.50'],
    [129_050, 'COP', 'en', '$1,290.50'],
    [129_050, 'IDR', 'en', 'Rp 1,290.50'],
    [129_050, 'PKR', 'en', 'Rs 1,290.50'],
    [1500, 'XOF', 'en', 'F CFA 1,500'],
    [1500, 'XAF', 'en', 'FCFA 1,500'],
    [1500, 'UGX', 'en', 'UGX 1,500'],
    [1500, 'RWF', 'en', 'RF 1,500'],
    [1500, 'PYG', 'en', '₲1,500'],
    [1250, 'JOD', 'en', 'JOD 1.250'],
    [1250, 'TND', 'en', 'TND 1.250'],
    [1250, 'OMR', 'en', 'OMR 1.250'],
  ] as const)('%i minor units of %s in %s are %s', (minor, currency, language, expected) => {
    expect(plain(formatMoney(minor, currency, language))).toBe(expected);
  });

  test('a missing value is a dash, never a zero', () => {
    expect(formatMoney(null, 'RUB', 'ru')).toBe('—');
    expect(formatFigure({ kind: 'count', currency: null }, null, 'en')).toBe('—');
    expect(formatFigure({ kind: 'ratio', currency: null }, null, 'en')).toBe('—');
  });

  test('axes get short forms', () => {
    expect(plain(formatMoney(12_345, 'XTR', 'ru', { compact: true }))).toBe('12,3 тыс. ★');
    expect(formatMoney(1_234_500, 'USD', 'en', { compact: true })).toBe('$12.3K');
  });

  test('the currency decides the decimals, Stars have none', () => {
    expect(['XTR', 'JPY', 'RUB', 'KWD'].map(digitsOf)).toEqual([0, 0, 2, 3]);
    expect(majorUnits(1999, 'XTR')).toBe(1999);
    expect(majorUnits(1999, 'RUB')).toBe(19.99);
  });

  test('the codes are those of the table', () => {
    expect(currencyCodes()).toContain('HUF');
    expect(currencyCodes().slice(0, 2)).toEqual(['CLF', 'COP']);
  });

  test('a figure is read by its kind', () => {
    expect(formatFigure({ kind: 'money', currency: 'XTR' }, 5, 'en')).toBe('★5');
    expect(formatFigure({ kind: 'count', currency: null }, 5000, 'en')).toBe('5,000');
    expect(formatFigure({ kind: 'ratio', currency: null }, 0.256, 'en')).toBe('25.6%');
  });
});

describe('comparison', () => {
  test.each([
    [150, 100, 0.5],
    [50, 100, -0.5],
    [5, 0, null],
    [null, 100, null],
    [5, null, null],
  ])('%s against %s is %s', (value, previous, expected) => {
    expect(changeOf(value, previous)).toBe(expected);
  });

  test('small changes keep a decimal', () => {
    expect(formatChange(0.054, 'en')).toBe('+5.4%');
    expect(formatChange(-0.25, 'en')).toBe('-25%');
    expect(formatChange(0, 'en')).toBe('0%');
  });
});
