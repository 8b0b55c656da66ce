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

const numberOf = (raw: unknown) => {
  const number = Number(raw);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
};
const wordsOf = (raw: unknown) => {
  const words = typeof raw === 'number' ? String(raw) : raw;
  return typeof words === 'string' && words.trim() ? words.slice(0, 100) : undefined;
};

export function parseCustomersSearch(raw: Record<string, unknown>): CustomersSearch {
  const bought = { true: true, false: false }[String(raw.bought)];
  const source = typeof raw.source === 'string' ? raw.source : '';
  return {
    shop: numberOf(raw.shop),
    words: wordsOf(raw.words),
    bought,
    blocked: String(raw.blocked) === 'true' ? true : undefined,
    source: /^[\w-]{1,64}$/.test(source) ? source : undefined,
    // Who never bought cannot be listed by when they bought.
    sort: raw.sort === 'bought' && bought !== false ? 'bought' : undefined,
    buyer: numberOf(raw.buyer),
  };
}
