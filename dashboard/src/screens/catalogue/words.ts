import { useTranslation } from 'react-i18next';
import { formatCount, formatMoney } from '../../format/money';
import { useLanguage } from '../../i18n';
import type { Tone } from '../../ui/Pill';
import type { Category, Product } from './queries';

/** Where a product stands: off sale, not yet, no longer, sold out, hidden, on sale. */
export type Standing = 'archived' | 'later' | 'over' | 'soldOut' | 'hidden' | 'onSale';

export const isSoldOut = ({ stock, variants = [] }: Product) =>
  variants.length ? variants.every((variant) => variant.stock === 0) : stock === 0;

export function standingOf(product: Product, now = Date.now()): Standing {
  const { is_archived, on_sale_from, on_sale_until, is_hidden } = product;
  if (is_archived) return 'archived';
  if (on_sale_from && Date.parse(on_sale_from) > now) return 'later';
  if (on_sale_until && Date.parse(on_sale_until) <= now) return 'over';
  if (isSoldOut(product)) return 'soldOut';
  return is_hidden ? 'hidden' : 'onSale';
}

const TONES: Record<Standing, Tone> = {
  archived: 'plain',
  later: 'waiting',
  over: 'plain',
  soldOut: 'bad',
  hidden: 'waiting',
  onSale: 'good',
};

/** The lowest and the highest price that a buyer may pay for it. */
export function pricesOf({ price_minor, variants = [] }: Product): [number, number] {
  const prices = variants.length
    ? variants.map((variant) => variant.price_minor ?? price_minor)
    : [price_minor];
  return [Math.min(...prices), Math.max(...prices)];
}

/** What is left of all variants together; null is without a limit. */
export function stockOf({ stock, variants = [] }: Product): number | null {
  if (!variants.length) return stock ?? null;
  const counts = variants.map((variant) => variant.stock ?? null);
  return counts.some((count) => count === null)
    ? null
    : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

export function useCatalogueWords() {
  const { t } = useTranslation();
  const language = useLanguage();
  const money = (minor: number, currency: string) => formatMoney(minor, currency, language);
  return {
    money,
    toneOf: (product: Product) => TONES[standingOf(product)],
    standingOf: (product: Product) => t(`catalogue.standing.${standingOf(product)}`),
    priceOf: (product: Product) => {
      const [least, most] = pricesOf(product);
      const from = money(least, product.currency);
      return least === most ? from : `${from} – ${money(most, product.currency)}`;
    },
    countOf: (count: number | null) =>
      count === null ? t('catalogue.unlimited') : formatCount(count, language),
  };
}

/** Categories in the order of the tree, each with its whole name: "Tea / Green". */
export function inOrder(categories: readonly Category[]): { category: Category; name: string }[] {
  const found: { category: Category; name: string }[] = [];
  const add = (parent: number | null, before: string) => {
    for (const category of categories)
      if ((category.parent_id ?? null) === parent) {
        const name = before ? `${before} / ${category.title}` : category.title;
        found.push({ category, name });
        add(category.id, name);
      }
  };
  add(null, '');
  return found;
}
