import { type InfiniteData, infiniteQueryOptions, useQueryClient } from '@tanstack/react-query';
import { read, send } from '../../api/client';
import type { components } from '../../api/schema';
import type { CatalogueSearch } from './search';

type Schemas = components['schemas'];
export type Product = Schemas['OwnedProduct'];
export type ProductDraft = Schemas['ProductDraft'];
export type ProductKind = NonNullable<Product['kind']>;
export type Variant = Schemas['Variant'];
export type Category = Schemas['Category'];
export type Good = Schemas['Good'];
export type KeyCount = Schemas['KeyCount'];
export type ImportReport = Schemas['ImportReport'];
export type RowReport = Schemas['RowReport'];

const SHOP = '/api/v1/shops/{shop_id}';
export const LIST = `${SHOP}/products` as const;
export const ONE = `${LIST}/{number}` as const;
export const ONE_VARIANT = `${ONE}/variants/{variant}` as const;
export const CATEGORIES = `${SHOP}/categories` as const;
export const ONE_CATEGORY = `${CATEGORIES}/{number}` as const;
export const FILE = `${SHOP}/catalogue.csv` as const;
const DELIVERY = '/api/v1/bots/{bot_id}/modules/delivery';
export const KEYS = `${DELIVERY}/keys` as const;
export const GOODS = `${DELIVERY}/products/{product_id}/goods` as const;

const PAGE = 100;

type Narrowed = Pick<CatalogueSearch, 'words' | 'category' | 'archived'>;

/** In the owner's order, a page at a time. */
export const productsQuery = (shopId: number, { words, category, archived }: Narrowed) => {
  const query = {
    words,
    category: category === undefined ? undefined : String(category),
    archived,
    limit: PAGE,
  };
  return infiniteQueryOptions({
    queryKey: [LIST, shopId, query],
    queryFn: ({ pageParam, signal }) =>
      send('get', LIST, {
        params: { path: { shop_id: shopId }, query: { ...query, after: pageParam } },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
};

export const productQuery = (shopId: number, number: number) =>
  read(ONE, { params: { path: { shop_id: shopId, number } } });

export const categoriesQuery = (shopId: number) =>
  read(CATEGORIES, { params: { path: { shop_id: shopId } } });

export const keysQuery = (botId: number) => read(KEYS, { params: { path: { bot_id: botId } } });

export const goodsQuery = (botId: number, productId: number) =>
  read(GOODS, { params: { path: { bot_id: botId, product_id: productId } } });

type Pages = InfiniteData<Schemas['ProductsPage']>;

/** What a change answered stands in every list at once, in its old place: what was just taken off
 * sale can be put back by the same press. */
export function useProductNews(shopId: number) {
  const client = useQueryClient();
  const show = (product: Product) => {
    client.setQueryData(productQuery(shopId, product.id).queryKey, product);
    client.setQueriesData<Pages>(
      { queryKey: [LIST, shopId] },
      (pages) =>
        pages && {
          ...pages,
          pages: pages.pages.map((page) => ({
            ...page,
            products: page.products.map((each) => (each.id === product.id ? product : each)),
          })),
        },
    );
  };
  const readAnew = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: [LIST, shopId] }),
      client.invalidateQueries({ queryKey: [ONE] }),
      client.invalidateQueries({ queryKey: categoriesQuery(shopId).queryKey }),
    ]);
  return { show, readAnew };
}
