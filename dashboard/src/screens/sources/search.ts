import { isSaid, numberOf, oneOf, wordsOf } from '../../view/addressParts';

export const TOUCHES = ['first', 'last', 'last_significant'] as const;
export type Touch = (typeof TOUCHES)[number];

/** Absent: links in use, by the first touch, everybody; none open. */
export type SourcesSearch = {
  shop: number | undefined;
  words: string | undefined;
  archived: true | undefined;
  touch: Touch | undefined;
  clean: true | undefined;
  source: number | undefined;
};

export const parseSourcesSearch = (raw: Record<string, unknown>): SourcesSearch => ({
  shop: numberOf(raw.shop),
  words: wordsOf(raw.words, 64),
  archived: isSaid(raw.archived),
  touch: oneOf(TOUCHES, raw.touch),
  clean: isSaid(raw.clean),
  source: numberOf(raw.source),
});
