import type { Language } from '../../api/model';
import type { components } from '../../api/schema';
import { type Dialect, layoutOf } from '../../ui/table/dialect';
import type { DayRange } from '../../view/view';

export type Layout = components['schemas']['Layout'];
export type Format = NonNullable<Layout['file_format']>;

/** How a file is written: what does not fit a format is left out. */
export const layoutFor = (format: Format, dialect: Dialect, language: Language): Layout => ({
  file_format: format,
  ...(format === 'csv' ? layoutOf(dialect, language) : {}),
  ...(format === 'xlsx' ? { headings: language } : {}),
});

/** The address of a file that is made at once. */
export function fileOf(
  table: string,
  { file_format, ...layout }: Layout,
  shops: readonly number[],
  days: DayRange | undefined,
): string {
  const query = new URLSearchParams();
  if (shops.length) query.set('shops', shops.join(','));
  for (const [key, value] of Object.entries({ ...days, ...layout }))
    if (value !== undefined) query.set(key, String(value));
  return `/api/v1/exports/${table}.${file_format}?${query}`;
}
