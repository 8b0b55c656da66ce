import { amountText, parseAmount } from '../../format/amount';
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
};

export type Misfit = Partial<Record<keyof Typed, 'title' | 'amount' | 'count'>>;

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

const textOf = (count: number | null | undefined) => (count == null ? '' : String(count));

export function typedOf(product: Product | undefined): Typed {
  if (!product) return BLANK;
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
  return found;
}

/** As the API takes it. What the form has no field for stays as it is `before`. */
export function draftOf(typed: Typed, currency: string, before?: Product): ProductDraft {
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
    on_sale_from: before?.on_sale_from ?? null,
    on_sale_until: before?.on_sale_until ?? null,
    low_stock: countOf(typed.lowStock) ?? null,
  };
}

/** The same product at another price. */
export const atPrice = (product: Product, priceMinor: number): ProductDraft => ({
  ...draftOf(typedOf(product), product.currency, product),
  price_minor: priceMinor,
});
