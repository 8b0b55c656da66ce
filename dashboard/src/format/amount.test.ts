import { beforeAll, expect, test } from 'vitest';
import { amountText, parseAmount } from './amount';
import { setCurrencies } from './money';

beforeAll(() => setCurrencies({ XTR: 0, RUB: 2, KWD: 3 }));

test.each([
  ['1290', 'RUB', 129_000],
  ['1 290,50', 'RUB', 129_050],
  ['12.5', 'RUB', 1_250],
  ['0.001', 'KWD', 1],
  ['7', 'XTR', 7],
])('%s %s', (text, currency, minor) => {
  expect(parseAmount(text, currency)).toBe(minor);
  expect(parseAmount(amountText(minor, currency), currency)).toBe(minor);
});

test.each([
  ['', 'RUB'],
  ['1.', 'RUB'],
  ['1.555', 'RUB'],
  ['1.5', 'XTR'],
  ['-1', 'RUB'],
  ['1e3', 'RUB'],
  ['99999999999999999', 'RUB'],
])('%j is no amount of %s', (text, currency) => {
  expect(parseAmount(text, currency)).toBeNull();
});
