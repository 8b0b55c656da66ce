import { Switch } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Shop } from '../../api/model';
import { amountText } from '../../format/amount';
import { ServerPicture } from '../../ui/file/ServerPicture';
import { Pill } from '../../ui/Pill';
import { Refused } from '../../ui/Refused';
import type { Column } from '../../ui/table/DataTable';
import styles from './catalogue.module.css';
import { atPrice, countChange, countOf, priceOf } from './draft';
import { InlineEdit } from './InlineEdit';
import { type Category, ONE, type Product, useProductNews } from './queries';
import { inOrder, stockOf, useCatalogueWords } from './words';

/** What is told of a product in the list. */
export function useColumns(
  shop: Shop,
  categories: readonly Category[],
  isOwner: boolean,
): Column<Product>[] {
  const { t } = useTranslation();
  const words = useCatalogueWords();
  const named = new Map(inOrder(categories).map(({ category, name }) => [category.id, name]));
  const categoryOf = ({ category_id }: Product) =>
    category_id == null ? null : (named.get(category_id) ?? null);
  return [
    {
      id: 'title',
      title: t('catalogue.column.title'),
      width: 240,
      cell: (product) => <Title product={product} />,
      value: ({ title }) => title,
      onPhone: 'title',
      isSortable: true,
    },
    {
      id: 'price',
      title: t('catalogue.column.price'),
      width: 140,
      isNumber: true,
      cell: (product) => (isOwner ? <Price product={product} /> : words.priceOf(product)),
      value: words.priceOf,
    },
    {
      id: 'stock',
      title: t('catalogue.column.stock'),
      width: 130,
      isNumber: true,
      cell: (product) => (
        <Stock product={product} mayChange={isOwner && !product.variants?.length} />
      ),
      value: (product) => stockOf(product) ?? t('catalogue.unlimited'),
    },
    {
      id: 'standing',
      title: t('catalogue.column.standing'),
      width: 130,
      cell: (product) => <Pill tone={words.toneOf(product)}>{words.standingOf(product)}</Pill>,
      value: words.standingOf,
    },
    ...(isOwner
      ? [
          {
            id: 'onSale',
            title: t('catalogue.column.onSale'),
            width: 120,
            cell: (product: Product) => <OnSale product={product} shopId={shop.id} />,
            value: ({ is_archived }: Product) => t(is_archived ? 'catalogue.no' : 'catalogue.yes'),
          },
        ]
      : []),
    {
      id: 'category',
      title: t('catalogue.column.category'),
      width: 150,
      cell: (product) => categoryOf(product) ?? '—',
      value: categoryOf,
    },
    {
      id: 'sku',
      title: t('catalogue.column.sku'),
      width: 110,
      cell: ({ sku }) => sku ?? '—',
      value: ({ sku }) => sku ?? null,
      onPhone: 'hidden',
    },
  ];
}

function Title({ product }: { product: Product }) {
  const [photo] = product.photos ?? [];
  return (
    <span className={styles.title}>
      {photo && (
        <ServerPicture
          className={styles.thumb}
          src={`/api/v1/shops/${product.shop_id}/files/${photo}`}
          alt=""
          loading="lazy"
        />
      )}
      <b>{product.title}</b>
    </span>
  );
}

/** The price of the product; that of its variants is changed in its panel. */
function Price({ product }: { product: Product }) {
  const { t } = useTranslation();
  const words = useCatalogueWords();
  const news = useProductNews(product.shop_id);
  const { currency, title, version } = product;
  const change = async (typed: string) => {
    const price = priceOf(typed, currency) ?? product.price_minor;
    try {
      const changed = await send('put', ONE, {
        params: {
          path: { shop_id: product.shop_id, number: product.id },
          header: { 'if-match': `"${version}"` },
        },
        body: atPrice(product, price),
      });
      news.show(changed);
    } catch (error) {
      // Somebody else was faster: what they wrote is shown, and what was typed stays.
      void news.readAnew();
      throw error;
    }
  };
  return (
    <InlineEdit
      label={t('catalogue.priceOf', { title })}
      value={amountText(product.price_minor, currency)}
      shown={words.priceOf(product)}
      inputMode="decimal"
      misfitOf={(typed) =>
        priceOf(typed, currency) === null ? t('catalogue.misfit.amount') : undefined
      }
      onSave={change}
    />
  );
}

type StockProps = { product: Product; variantId?: number; mayChange: boolean };

/** What is in stock, of the product or of one of its variants. */
export function Stock({ product, variantId, mayChange }: StockProps) {
  const { t } = useTranslation();
  const words = useCatalogueWords();
  const news = useProductNews(product.shop_id);
  const variant = product.variants?.find(({ id }) => id === variantId);
  const stock = variant ? (variant.stock ?? null) : stockOf(product);
  if (!mayChange) return words.countOf(stock);
  const change = async (typed: string, seen: string) => {
    const counted = countChange(typed, seen);
    // A difference fits whatever there is by now; a number replaces the one that was seen.
    const tag = 'by' in counted ? '*' : `"${seen || 'unlimited'}"`;
    try {
      const changed = await send('put', `${ONE}/stock`, {
        params: {
          path: { shop_id: product.shop_id, number: product.id },
          header: { 'if-match': tag },
        },
        body: { variant_id: variantId ?? null, ...counted },
      });
      news.show(changed);
    } catch (error) {
      void news.readAnew();
      throw error;
    }
  };
  const title = variant ? `${product.title}, ${variant.title}` : product.title;
  return (
    <InlineEdit
      label={t('catalogue.stockOf', { title })}
      value={stock === null ? '' : String(stock)}
      shown={words.countOf(stock)}
      inputMode="numeric"
      misfitOf={(typed) => (countOf(typed) === undefined ? t('catalogue.misfit.count') : undefined)}
      onSave={change}
    />
  );
}

function OnSale({ product, shopId }: { product: Product; shopId: number }) {
  const { t } = useTranslation();
  const news = useProductNews(shopId);
  const flip = useMutation({
    mutationFn: (isOnSale: boolean) =>
      send('put', `${ONE}/archived`, {
        params: { path: { shop_id: shopId, number: product.id } },
        body: { is_archived: !isOnSale },
      }),
    onSuccess: news.show,
  });
  return (
    <>
      <Switch
        size="md"
        aria-label={t('catalogue.onSaleOf', { title: product.title })}
        checked={flip.isPending ? flip.variables : !product.is_archived}
        onChange={({ currentTarget }) => flip.mutate(currentTarget.checked)}
      />
      <Refused error={flip.error} />
    </>
  );
}
