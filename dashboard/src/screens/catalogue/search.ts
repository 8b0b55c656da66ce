import { isSaid, numberOf, wordsOf } from '../../view/addressParts';

/** Which products are listed, and which one is open; `new` is one that is yet to be made. */
export type CatalogueSearch = {
  shop: number | undefined;
  words: string | undefined;
  /** `none`: what stands in no category. */
  category: number | 'none' | undefined;
  archived: true | undefined;
  product: number | 'new' | undefined;
  /** The bot from whose steps to the first sale somebody came. */
  steps: number | undefined;
};

export function parseCatalogueSearch(raw: Record<string, unknown>): CatalogueSearch {
  return {
    shop: numberOf(raw.shop),
    words: wordsOf(raw.words, 100),
    category: raw.category === 'none' ? 'none' : numberOf(raw.category),
    archived: isSaid(raw.archived),
    product: raw.product === 'new' ? 'new' : numberOf(raw.product),
    steps: numberOf(raw.steps),
  };
}
