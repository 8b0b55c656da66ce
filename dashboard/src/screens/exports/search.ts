import { oneOf } from '../../view/addressParts';
import { isDay } from '../../view/view';

export const FORMATS = ['csv', 'xlsx', 'parquet', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];

/** What is to be exported; absent: orders as CSV, of the period that is looked at. */
export type ExportsSearch = {
  table: string | undefined;
  format: Format | undefined;
  first: string | undefined;
  last: string | undefined;
  /** The names of those that are wanted; absent: all. */
  columns: string | undefined;
  /** The export whose files are shown. */
  job: string | undefined;
};

const COLUMNS = /^[a-z][a-z0-9_]*(,[a-z][a-z0-9_]*){0,199}$/;
const UUID = /^[0-9a-f-]{36}$/;

export function parseExportsSearch(raw: Record<string, unknown>): ExportsSearch {
  const isRange = isDay(raw.first) && isDay(raw.last) && raw.first <= raw.last;
  return {
    table: /^[a-z_]{1,64}$/.test(String(raw.table ?? '')) ? String(raw.table) : undefined,
    format: oneOf(FORMATS, raw.format),
    first: isRange ? String(raw.first) : undefined,
    last: isRange ? String(raw.last) : undefined,
    columns: COLUMNS.test(String(raw.columns ?? '')) ? String(raw.columns) : undefined,
    job: UUID.test(String(raw.job)) ? String(raw.job) : undefined,
  };
}
