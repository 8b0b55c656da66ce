import type { Shop } from '../../api/model';
import { amountText, parseAmount } from '../../format/amount';
import { clockOf, momentOf } from '../../format/clock';
import type { Product, ProductDraft, ProductKind } from './queries';

/** A product as it is typed: every field a text, empty where nothing is said. */
export type Typed = {
  title: string;
  description: string;
  price: string;
  /** Of a new product alone; later on the stock is changed by itself, so that no sale is undone. */
  stock: string;
  kind: ProductKind;
  category: string;
  sku: string;
  cost: string;
  lowStock: string;
  isHidden: boolean;
  /** On the shop's clock: `2026-12-24T18:00`. */
  onSaleFrom: string;
  onSaleUntil: string;
};

export type Misfit = Partial<Record<keyof Typed, 'title' | 'amount' | 'count' | 'order'>>;

export const KINDS: readonly ProductKind[] = ['physical', 'digital', 'service'];

const BLANK: Typed = {
  title: '',
  description: '',
  price: '',
  stock: '',
  kind: 'physical',
  category: '',
  sku: '',
  cost: '',
  lowStock: '',
  isHidden: false,
  onSaleFrom: '',
  onSaleUntil: '',
};

const COUNT = /^\d{1,9}$/;

/** How many are typed: null is without a limit, undefined is no number. */
export function countOf(text: string): number | null | undefined {
  const written = text.replace(/[\s\u00a0\u202f]/g, '');
  if (!written) return null;
  return COUNT.test(written) ? Number(written) : undefined;
}

/** A correction of the stock that was seen, so that what was sold meanwhile stays sold; to or from
 * “without a limit” there is nothing to count from. */
export function countChange(text: string, seen: string): { to: number | null } | { by: number } {
  const to = countOf(text) ?? null;
  const from = countOf(seen) ?? null;
  return to === null || from === null ? { to } : { by: to - from };
}

/** A price of at least one minor unit; null if it is none. */
export const priceOf = (text: string, currency: string): number | null =>
  parseAmount(text, currency) || null;

const clockAt = (moment: string | null | undefined, timeZone: string) =>
  moment ? clockOf(moment, timeZone) : '';

const textOf = (count: number | null | undefined) => (count == null ? '' : String(count));

/** What a new product most likely is: where a bot hands out digital goods, one of them. */
export const kindIn = ({ bots }: Pick<Shop, 'bots'>): ProductKind =>
  bots.some(({ modules }) => modules.includes('delivery')) ? 'digital' : 'physical';

/** `newKind` is what a new one is until another is chosen. */
export function typedOf(
  product: Product | undefined,
  timeZone: string,
  newKind: ProductKind = 'physical',
): Typed {
  if (!product) return { ...BLANK, kind: newKind };
  const { currency, cost_minor } = product;
  return {
    title: product.title,
    description: product.description ?? '',
    price: amountText(product.price_minor, currency),
    stock: '',
    kind: product.kind ?? 'physical',
    category: textOf(product.category_id),
    sku: product.sku ?? '',
    cost: cost_minor == null ? '' : amountText(cost_minor, currency),
    lowStock: textOf(product.low_stock),
    isHidden: product.is_hidden ?? false,
    onSaleFrom: clockAt(product.on_sale_from, timeZone),
    onSaleUntil: clockAt(product.on_sale_until, timeZone),
  };
}

/** What does not fit, by its field. */
export function misfitOf(typed: Typed, currency: string): Misfit {
  const found: Misfit = {};
  if (!typed.title.trim()) found.title = 'title';
  if (priceOf(typed.price, currency) === null) found.price = 'amount';
  if (typed.cost && parseAmount(typed.cost, currency) === null) found.cost = 'amount';
  if (countOf(typed.stock) === undefined) found.stock = 'count';
  if (countOf(typed.lowStock) === undefined) found.lowStock = 'count';
  const { onSaleFrom, onSaleUntil } = typed;
  // Both are of one length, so that their order is that of their letters.
  if (onSaleFrom && onSaleUntil && onSaleUntil <= onSaleFrom) found.onSaleUntil = 'order';
  return found;
}

/** As the API takes it. What the form has no field for stays as it is `before`. */
export function draftOf(
  typed: Typed,
  currency: string,
  timeZone: string,
  before?: Product,
): ProductDraft {
  const moment = (key: 'onSaleFrom' | 'onSaleUntil', was: string | null | undefined) =>
    // What was not touched stays to the second.
    typed[key] === clockAt(was, timeZone)
      ? (was ?? null)
      : typed[key]
        ? momentOf(typed[key], timeZone)
        : null;
  return {
    title: typed.title.trim(),
    description: typed.description.trim(),
    price_minor: priceOf(typed.price, currency) ?? 0,
    currency,
    stock: before ? (before.stock ?? null) : (countOf(typed.stock) ?? null),
    kind: typed.kind,
    category_id: typed.category ? Number(typed.category) : null,
    sku: typed.sku.trim() || null,
    cost_minor: typed.cost ? parseAmount(typed.cost, currency) : null,
    is_hidden: typed.isHidden,
    on_sale_from: moment('onSaleFrom', before?.on_sale_from),
    on_sale_until: moment('onSaleUntil', before?.on_sale_until),
    low_stock: countOf(typed.lowStock) ?? null,
  };
}

/** The same product at another price. */
export const atPrice = (product: Product, priceMinor: number): ProductDraft => ({
  // Its days on sale are not touched, whatever clock they are read on.
  ...draftOf(typedOf(product, 'UTC'), product.currency, 'UTC', product),
  price_minor: priceMinor,
});
