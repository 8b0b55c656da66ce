import type { ReactNode } from 'react';

/** What a column shows of a row. */
export type Column<Row> = {
  id: string;
  title: string;
  cell: (row: Row) => ReactNode;
  /** What the file holds, and what is sorted by; null is an empty cell. */
  value: (row: Row) => string | number | null;
  /** Numbers and money. */
  isNumber?: boolean;
  /** The least width in pixels; what is left over is shared. 140 unless said. */
  width?: number;
  /** Sorts by this column: by the server if the table has `onSort`, else by itself. */
  isSortable?: boolean;
  /** On phones a row is a card: its first line, a line with the column's name, or left out. */
  onPhone?: 'title' | 'line' | 'hidden';
};

export type Sort = { id: string; isDescending: boolean };

const WIDTH = 140;

/** CSS grid tracks: never narrower than what a column needs, so that nothing is cut. */
export const tracksOf = <Row>(columns: readonly Column<Row>[]) =>
  columns.map(({ width = WIDTH }) => `minmax(${width}px, ${width}fr)`).join(' ');

export const widthOf = <Row>(columns: readonly Column<Row>[]) =>
  columns.reduce((sum, { width = WIDTH }) => sum + width, 0);

/** Words by the reader's alphabet, the numbers within them as numbers. */
export function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

/** A spreadsheet takes text that begins so for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The rows as RFC 4180, with the titles of the columns first. */
export const csvOf = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]) =>
  [
    columns.map(({ title }) => csvCell(title)),
    ...rows.map((row) => columns.map(({ value }) => csvCell(value(row)))),
  ]
    .map((cells) => `${cells.join(',')}\r\n`)
    .join('');
