import { parseAmount } from '../../format/amount';
import { currencyCodes } from '../../format/money';
import { isDay } from '../../view/view';
import type { Source } from './queries';

/** A line of the file as it is meant, or why it cannot be. `line` counts from 1, the heading too. */
export type CostLine = {
  line: number;
  code: string;
  day: string;
  amount: string;
  problem?: 'code' | 'day' | 'amount' | 'currency' | 'twice';
  cost?: { sourceId: number; amount_minor: number; currency: string };
};

const SEPARATORS = [';', '\t', ','];

/** Quoted cells may hold separators and doubled quotes; an export of ours has no line breaks. */
function cellsOf(line: string, separator: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let place = 0; place < line.length; place += 1) {
    const sign = line[place];
    if (sign === '"' && isQuoted && line[place + 1] === '"') {
      cell += sign;
      place += 1;
    } else if (sign === '"') isQuoted = !isQuoted;
    else if (sign === separator && !isQuoted) {
      cells.push(cell);
      cell = '';
    } else cell += sign;
  }
  return [...cells, cell].map((each) => each.trim());
}

/** 2026-11-23 and 23.11.2026. */
function dayOf(text: string): string {
  const [, day, month, year] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text) ?? [];
  return year ? `${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}` : text;
}

/** What a CSV of costs says: link's code, day, amount, and the currency unless it is the shop's. */
export function readCosts(
  text: string,
  sources: readonly Pick<Source, 'id' | 'code'>[],
  ownCurrency: string,
): CostLine[] {
  const lines = text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .map((content, index) => ({ content, line: index + 1 }))
    .filter(({ content }) => content.trim());
  const separator =
    SEPARATORS.find((each) => (lines[0]?.content.split(each).length ?? 0) > 2) ?? ',';
  const ids = new Map(sources.map(({ id, code }) => [code, id]));
  const known = new Set(currencyCodes());
  const seen = new Set<string>();
  const read = lines.map(({ content, line }): CostLine => {
    const [code = '', said = '', amount = '', money = ''] = cellsOf(content, separator);
    const day = dayOf(said);
    const currency = money.toUpperCase() || ownCurrency;
    const row = { line, code, day, amount };
    const sourceId = ids.get(code);
    if (sourceId === undefined) return { ...row, problem: 'code' };
    if (!isDay(day)) return { ...row, problem: 'day' };
    if (!known.has(currency)) return { ...row, problem: 'currency' };
    const amount_minor = parseAmount(amount, currency);
    if (!amount_minor) return { ...row, problem: 'amount' };
    if (seen.has(`${code} ${day}`)) return { ...row, problem: 'twice' };
    seen.add(`${code} ${day}`);
    return { ...row, cost: { sourceId, amount_minor, currency } };
  });
  // The first line is the heading if it can be nothing else.
  const [first, ...rest] = read;
  return first?.problem && !/\d/.test(first.day + first.amount) ? rest : read;
}
