import type { Shown } from './queries';

type Style = NonNullable<Shown['spans']>[number]['style'];
export type Part = { at: number; words: string; wears: Style[] };

/** The text cut where a style begins or ends; offsets count UTF-16 units, as strings here do. */
export function partsOf({ plain, spans = [] }: Shown): Part[] {
  const cuts = spans.flatMap(({ offset, length }) => [offset, offset + length]);
  const edges = [...new Set([0, ...cuts, plain.length])].sort((a, b) => a - b);
  return edges.slice(0, -1).map((at, index) => ({
    at,
    words: plain.slice(at, edges[index + 1]),
    wears: spans
      .filter(({ offset, length }) => offset <= at && at < offset + length)
      .map(({ style }) => style),
  }));
}
