import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';

/** Names of Monday to Sunday. */
export function useWeekdays(): string[] {
  const format = dateFormat(useLanguage(), { timeZone: 'UTC', weekday: 'long' });
  // The 5th of January 2026 was a Monday.
  return Array.from({ length: 7 }, (_, index) => format.format(Date.UTC(2026, 0, 5 + index)));
}
