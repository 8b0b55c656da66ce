import { isSaid, numberOf, oneOf } from '../../view/addressParts';

export const STEPS = [
  'start',
  'catalog',
  'product',
  'cart',
  'checkout',
  'payment',
  'paid',
] as const;
export type Step = (typeof STEPS)[number];
/** Those that concern one product. */
export const PRODUCT_STEPS: readonly Step[] = ['product', 'cart', 'paid'];
export const KEYS = ['source', 'language', 'product'] as const;
export type Key = (typeof KEYS)[number];
export const WITHIN = ['1', '3', '7', '14', '30'] as const;

/** Absent: every step, within seven days, of everybody together. */
export type FunnelSearch = {
  shop: number | undefined;
  steps: Step[] | undefined;
  within: (typeof WITHIN)[number] | undefined;
  by: Key | undefined;
  clean: true | undefined;
};

const parts = (raw: unknown) => (Array.isArray(raw) ? raw : String(raw ?? '').split(','));

export function parseFunnelSearch(raw: Record<string, unknown>): FunnelSearch {
  const said = parts(raw.steps);
  const steps = STEPS.filter((step) => said.includes(step));
  return {
    shop: numberOf(raw.shop),
    steps: steps.length > 1 && steps.length < STEPS.length ? steps : undefined,
    within: oneOf(WITHIN, String(raw.within)),
    by: oneOf(KEYS, raw.by),
    clean: isSaid(raw.clean),
  };
}

/** The steps that can be chosen, and those that are, in their order; two at least. */
export function stepsOf({ steps, by }: FunnelSearch): { known: readonly Step[]; chosen: Step[] } {
  const known = by === 'product' ? PRODUCT_STEPS : STEPS;
  const chosen = known.filter((step) => !steps || steps.includes(step));
  return { known, chosen: chosen.length > 1 ? chosen : [...known] };
}
