import type { ReactNode } from 'react';
import type { Dialect } from './dialect';

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
  /** Not drawn: of what is drawn, a cell says it already, as it does an amount's currency. */
  isOnlyInFile?: boolean;
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

export type Cell = string | number | null;

const SEPARATORS: Record<Dialect, string> = { plain: ',', excel: ';' };

function csvCell(value: Cell, dialect: Dialect): string {
  if (value === null) return '';
  if (typeof value === 'number')
    return dialect === 'excel' ? String(value).replace('.', ',') : String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",;\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as RFC 4180, or with semicolons and decimal commas for a Russian Excel. */
export const csvText = (rows: readonly (readonly Cell[])[], dialect: Dialect = 'plain') =>
  rows
    .map((cells) => cells.map((cell) => csvCell(cell, dialect)).join(SEPARATORS[dialect]))
    .map((line) => `${line}\r\n`)
    .join('');

/** The rows of a table, with the titles of its columns first. */
export const cellsOf = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): readonly (readonly Cell[])[] => [
  columns.map(({ title }) => title),
  ...rows.map((row) => columns.map(({ value }) => value(row))),
];
