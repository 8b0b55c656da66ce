import { oneOf, wordsOf } from '../../view/addressParts';

export const PARTS = ['metrics', 'events'] as const;
export type Part = (typeof PARTS)[number];

/** Absent: the metrics, all of them. */
export type DictionarySearch = { part: Part | undefined; words: string | undefined };

export const parseDictionarySearch = (raw: Record<string, unknown>): DictionarySearch => ({
  part: oneOf(PARTS, raw.part),
  words: wordsOf(raw.words, 100),
});
