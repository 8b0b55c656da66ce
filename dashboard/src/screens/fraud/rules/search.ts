import { numberOf } from '../../../view/addressParts';

export type RulesSearch = { shop: number | undefined; rule: string | undefined };

export function parseRulesSearch(raw: Record<string, unknown>): RulesSearch {
  const rule = typeof raw.rule === 'string' ? raw.rule : '';
  return {
    shop: numberOf(raw.shop),
    rule: /^[a-z_]{1,40}$/.test(rule) ? rule : undefined,
  };
}
