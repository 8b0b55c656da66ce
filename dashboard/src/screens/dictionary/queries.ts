import { read } from '../../api/client';
import type { Language } from '../../api/model';
import type { components } from '../../api/schema';
import { keyOfMetric, type Metric } from '../../parts/figures/queries';
import type { KnownScreen } from '../../screens';

export type EventKind = components['schemas']['EventView'];

/** Changes with the version of the program alone. */
export const eventsQuery = (lang: Language) => ({
  ...read('/api/v1/dictionary/events', { params: { query: { lang } } }),
  staleTime: Number.POSITIVE_INFINITY,
});

const plain = (text: string) => text.toLocaleLowerCase();

/** What has all of the words, in whatever it says of itself. */
export function found<T>(
  all: readonly T[],
  words: string | undefined,
  textOf: (each: T) => string,
): T[] {
  const wanted = plain(words ?? '')
    .split(/\s+/)
    .filter(Boolean);
  return all.filter((each) => {
    const text = plain(textOf(each));
    return wanted.every((word) => text.includes(word));
  });
}

export const textOfMetric = ({ number, name, table, title, formula }: Metric) =>
  `${number} ${name} ${table} ${title} ${formula}`;

export const textOfEvent = ({ name, title, group, emitted_by }: EventKind) =>
  `${name} ${title} ${group} ${emitted_by.join(' ')}`;

/** The screens that show a metric. */
export const shownOn = (screens: readonly KnownScreen[], metric: Metric) =>
  screens.filter(({ metrics }) => metrics?.includes(keyOfMetric(metric)));
