/** Which codes are listed, and which one is open; `new` is one that is yet to be made. */
export type PromoSearch = {
  bot: number | undefined;
  state: 'active' | 'off' | undefined;
  query: string | undefined;
  code: number | 'new' | undefined;
};

const numberOf = (raw: unknown) => {
  const number = Number(raw);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
};

export function parsePromoSearch(raw: Record<string, unknown>): PromoSearch {
  const query = typeof raw.query === 'number' ? String(raw.query) : raw.query;
  return {
    bot: numberOf(raw.bot),
    state: raw.state === 'active' || raw.state === 'off' ? raw.state : undefined,
    query: typeof query === 'string' && query.trim() ? query.slice(0, 64) : undefined,
    code: raw.code === 'new' ? 'new' : numberOf(raw.code),
  };
}
