import { digitsOf } from './money';

const AMOUNT = /^(\d+)(?:[.,](\d+))?$/;

/** What a person typed, "1 290,50" or "12.5", in minor units of a currency; null if it is no amount
 * of it. */
export function parseAmount(text: string, currency: string): number | null {
  const [, whole, part = ''] = AMOUNT.exec(text.replace(/[\s\u00a0\u202f]/g, '')) ?? [];
  const digits = digitsOf(currency);
  if (whole === undefined || part.length > digits) return null;
  const minor = Number(whole + part.padEnd(digits, '0'));
  return Number.isSafeInteger(minor) ? minor : null;
}

/** As it is typed: 129050 RUB is "1290.50". */
export function amountText(minor: number, currency: string): string {
  const digits = digitsOf(currency);
  const text = String(minor).padStart(digits + 1, '0');
  return digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text;
}
