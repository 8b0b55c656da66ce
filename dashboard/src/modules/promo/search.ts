import { numberOf, wordsOf } from '../../view/addressParts';
/** Which codes are listed, and which one is open; `new` is one that is yet to be made. */
export type PromoSearch = {
  bot: number | undefined;
  state: 'active' | 'off' | undefined;
  query: string | undefined;
  code: number | 'new' | undefined;
};

export function parsePromoSearch(raw: Record<string, unknown>): PromoSearch {
  return {
    bot: numberOf(raw.bot),
    state: raw.state === 'active' || raw.state === 'off' ? raw.state : undefined,
    query: wordsOf(raw.query, 64),
    code: raw.code === 'new' ? 'new' : numberOf(raw.code),
  };
}
