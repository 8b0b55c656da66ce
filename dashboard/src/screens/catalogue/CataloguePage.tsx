import { Button, NativeSelect } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { meQuery, shopsQuery } from '../../api/queries';
import layout from '../../ui/layout.module.css';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import { DataTable } from '../../ui/table/DataTable';
import { type Filter, FilterChips } from '../../ui/table/FilterChips';
import { Filters } from '../../ui/table/Filters';
import { pagesOf } from '../../ui/table/pages';
import { SearchField } from '../../ui/table/SearchField';
import { useScreenSearch } from '../../view/useScreenSearch';
import { useView } from '../../view/useView';
import { CatalogueFile } from './CatalogueFile';
import { Categories } from './Categories';
import { ProductPanel } from './ProductPanel';
import { type Category, categoriesQuery, productsQuery } from './queries';
import { type CatalogueSearch, parseCatalogueSearch } from './search';
import { useColumns } from './useColumns';
import { inOrder } from './words';

export type Change = (part: Partial<CatalogueSearch>, options?: { push?: boolean }) => void;

/** What a shop sells: prices, stock and what is on sale are changed where they stand. */
export function CataloguePage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseCatalogueSearch);
  const { view } = useView();
  const shops = useQuery(shopsQuery);
  const inView = shops.data?.filter(({ id }) => !view.shops.length || view.shops.includes(id));
  const shop = inView?.find(({ id }) => id === search.shop) ?? inView?.[0];
  return (
    <Page title={t('catalogue.title')}>
      {shop && (inView?.length ?? 0) > 1 && (
        <NativeSelect
          size="md"
          maw={360}
          label={t('catalogue.shop')}
          value={String(shop.id)}
          data={inView?.map(({ id, name }) => ({ value: String(id), label: name }))}
          onChange={({ currentTarget }) =>
            change({ shop: Number(currentTarget.value), product: undefined, category: undefined })
          }
        />
      )}
      <Loaded query={shops} height={320}>
        {() =>
          shop ? (
            <Products key={shop.id} shop={shop} search={search} change={change} />
          ) : (
            <Empty title={t('catalogue.noShop')} what={t('catalogue.noShopWhat')} />
          )
        }
      </Loaded>
    </Page>
  );
}

type Props = { shop: Shop; search: CatalogueSearch; change: Change };

function Products({ shop, search, change }: Props) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const isOwner = me?.role === 'owner';
  const { data: categories = [] } = useQuery(categoriesQuery(shop.id));
  const query = useInfiniteQuery(productsQuery(shop.id, search));
  const columns = useColumns(shop, categories, isOwner);
  const filters = useFilters(search, categories, change);
  const addFirst = (
    <Button size="md" onClick={() => change({ product: 'new' }, { push: true })}>
      {t('catalogue.new')}
    </Button>
  );
  return (
    <div className={layout.stack}>
      <Tools
        shop={shop}
        search={search}
        isOwner={isOwner}
        categories={categories}
        change={change}
      />
      <FilterChips filters={filters} />
      <Loaded query={query} height={480}>
        {({ pages }) => (
          <DataTable
            label={t('catalogue.title')}
            columns={columns}
            rows={pages.flatMap(({ products }) => products)}
            keyOf={({ id }) => id}
            onOpen={({ id }) => change({ product: id }, { push: true })}
            {...pagesOf(query)}
            empty={
              filters.length || search.archived ? (
                <Empty title={t('catalogue.noneSuch')} what={t('catalogue.noneSuchWhat')} />
              ) : (
                <Empty title={t('catalogue.none')} what={t('catalogue.noneWhat')}>
                  {isOwner && addFirst}
                </Empty>
              )
            }
          />
        )}
      </Loaded>
      <ProductPanel
        shop={shop}
        product={search.product}
        steps={search.steps}
        isOwner={isOwner}
        onMade={(product) => change({ product })}
        onClose={() => change({ product: undefined })}
      />
    </div>
  );
}

type ToolsProps = Props & { isOwner: boolean; categories: readonly Category[] };

function Tools({ shop, search, isOwner, categories, change }: ToolsProps) {
  const { t } = useTranslation();
  const { category } = search;
  return (
    <Filters>
      <SearchField
        label={t('catalogue.search')}
        value={search.words}
        onFind={(words) => change({ words })}
      />
      {categories.length > 0 && (
        <NativeSelect
          size="md"
          aria-label={t('catalogue.column.category')}
          value={category === undefined ? '' : String(category)}
          data={[
            { value: '', label: t('catalogue.anyCategory') },
            ...inOrder(categories).map(({ category: { id }, name }) => ({
              value: String(id),
              label: name,
            })),
            { value: 'none', label: t('catalogue.noCategory') },
          ]}
          onChange={({ currentTarget: { value } }) =>
            change({ category: value === 'none' ? 'none' : Number(value) || undefined })
          }
        />
      )}
      <NativeSelect
        size="md"
        aria-label={t('catalogue.column.standing')}
        value={search.archived ? 'off' : 'on'}
        data={[
          { value: 'on', label: t('catalogue.listedOn') },
          { value: 'off', label: t('catalogue.listedOff') },
        ]}
        onChange={({ currentTarget: { value } }) =>
          change({ archived: value === 'off' ? true : undefined })
        }
      />
      {isOwner && (
        <Button
          size="md"
          leftSection={<IconPlus size={18} aria-hidden="true" />}
          onClick={() => change({ product: 'new' }, { push: true })}
        >
          {t('catalogue.new')}
        </Button>
      )}
      {isOwner && <Categories shopId={shop.id} />}
      <CatalogueFile shop={shop} mayImport={isOwner} />
    </Filters>
  );
}

function useFilters(
  { words, category }: CatalogueSearch,
  categories: readonly Category[],
  change: Change,
): Filter[] {
  const { t } = useTranslation();
  const named = inOrder(categories).find((each) => each.category.id === category)?.name;
  const names: [keyof CatalogueSearch, string | undefined][] = [
    ['words', words && `“${words}”`],
    ['category', category === 'none' ? t('catalogue.noCategory') : category ? (named ?? '…') : ''],
  ];
  return names.flatMap(([key, name]) =>
    name ? [{ key, name, onDrop: () => change({ [key]: undefined }) }] : [],
  );
}
