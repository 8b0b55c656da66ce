import type { Language } from '../api/model';
import { dateTimeFormat, numberFormat } from './intl';

/** Times in English on the 24-hour clock with the day first, as in Russian: an axis has no room for AM. */
export const dateFormat = (language: Language, options: Intl.DateTimeFormatOptions) =>
  dateTimeFormat(language === 'en' ? 'en-GB' : language, options);

export const deviceTimeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The calendar day of a moment in a time zone, YYYY-MM-DD. */
export function dayIn(timeZone: string, moment: Date): string {
  const parts = dateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return parts.format(moment);
}

export function formatDays({ from, to }: { from: string; to: string }, language: Language): string {
  const format = dateFormat(language, {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  });
  return format.formatRange(new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`));
}

export function formatClock(iso: string, language: Language, timeZone?: string): string {
  return dateFormat(language, { timeStyle: 'short', timeZone }).format(new Date(iso));
}

/** Seconds as the largest whole unit: "5 s", "3 min", "2 h", "4 days". */
export function formatSpan(seconds: number, language: Language): string {
  const [value, unit] =
    seconds < 60
      ? [Math.max(0, Math.round(seconds)), 'second']
      : seconds < 3600
        ? [Math.floor(seconds / 60), 'minute']
        : seconds < 86_400
          ? [Math.floor(seconds / 3600), 'hour']
          : [Math.floor(seconds / 86_400), 'day'];
  return numberFormat(language, {
    style: 'unit',
    unit: unit as string,
    unitDisplay: 'short',
  }).format(value as number);
}
