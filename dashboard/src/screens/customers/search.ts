import { isSaid, numberOf, wordsOf } from '../../view/addressParts';
/** Which customers are listed, in which order, and who is open. */
export type CustomersSearch = {
  shop: number | undefined;
  words: string | undefined;
  bought: boolean | undefined;
  blocked: true | undefined;
  source: string | undefined;
  sort: 'bought' | undefined;
  buyer: number | undefined;
};

export function parseCustomersSearch(raw: Record<string, unknown>): CustomersSearch {
  const bought = { true: true, false: false }[String(raw.bought)];
  const source = typeof raw.source === 'string' ? raw.source : '';
  return {
    shop: numberOf(raw.shop),
    words: wordsOf(raw.words, 100),
    bought,
    blocked: isSaid(raw.blocked),
    source: /^[\w-]{1,64}$/.test(source) ? source : undefined,
    // Who never bought cannot be listed by when they bought.
    sort: raw.sort === 'bought' && bought !== false ? 'bought' : undefined,
    buyer: numberOf(raw.buyer),
  };
}
