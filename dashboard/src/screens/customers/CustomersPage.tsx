import { NativeSelect, Switch } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { meQuery, shopsQuery } from '../../api/queries';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { useSourceName } from '../../parts/sources/useSourceName';
import layout from '../../ui/layout.module.css';
import { Pill } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { type Filter, FilterChips } from '../../ui/table/FilterChips';
import { Filters } from '../../ui/table/Filters';
import { pagesOf } from '../../ui/table/pages';
import { SearchField } from '../../ui/table/SearchField';
import { useScreenSearch } from '../../view/useScreenSearch';
import { useView } from '../../view/useView';
import { CustomerPanel } from './CustomerPanel';
import { type Customer, customersQuery } from './queries';
import { type CustomersSearch, parseCustomersSearch } from './search';
import { useCustomerWords } from './words';

type Change = (part: Partial<CustomersSearch>, options?: { push?: boolean }) => void;

/** Who came to a shop, what they paid, and all that they did. */
export function CustomersPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseCustomersSearch);
  const { view } = useView();
  const shops = useQuery(shopsQuery);
  const inView = shops.data?.filter(({ id }) => !view.shops.length || view.shops.includes(id));
  const shop = inView?.find(({ id }) => id === search.shop) ?? inView?.[0];
  return (
    <Page title={t('customers.title')}>
      {shop && (inView?.length ?? 0) > 1 && (
        <NativeSelect
          size="md"
          maw={360}
          label={t('customers.shop')}
          value={String(shop.id)}
          data={inView?.map(({ id, name }) => ({ value: String(id), label: name }))}
          onChange={({ currentTarget }) =>
            change({ shop: Number(currentTarget.value), buyer: undefined })
          }
        />
      )}
      <Loaded query={shops} height={320}>
        {() =>
          shop ? (
            <Customers key={shop.id} shop={shop} search={search} change={change} />
          ) : (
            <Empty title={t('customers.none')} what={t('customers.noneWhat')} />
          )
        }
      </Loaded>
    </Page>
  );
}

type Props = { shop: Shop; search: CustomersSearch; change: Change };

function Customers({ shop, search, change }: Props) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const query = useInfiniteQuery(customersQuery(shop.id, search));
  const columns = useColumns(shop.timezone);
  const filters = useFilters(search, change);
  const { nameOf } = useCustomerWords();
  return (
    <div className={layout.stack}>
      <Narrowing search={search} change={change} />
      <FilterChips filters={filters} />
      <Loaded query={query} height={480}>
        {({ pages }) => (
          <DataTable
            label={t('customers.title')}
            columns={columns}
            rows={pages.flatMap(({ customers }) => customers)}
            keyOf={({ buyer_no }) => buyer_no}
            nameOf={nameOf}
            onOpen={({ buyer_no }) => change({ buyer: buyer_no }, { push: true })}
            {...pagesOf(query)}
            empty={
              filters.length ? (
                <Empty title={t('customers.noneSuch')} what={t('customers.noneSuchWhat')} />
              ) : (
                <Empty title={t('customers.none')} what={t('customers.noneWhat')} />
              )
            }
          />
        )}
      </Loaded>
      <CustomerPanel
        shop={shop}
        buyerNo={search.buyer}
        mayErase={me?.role === 'owner'}
        onClose={() => change({ buyer: undefined })}
      />
    </div>
  );
}

function useColumns(timeZone: string): Column<Customer>[] {
  const { t } = useTranslation();
  const sourceName = useSourceName();
  const words = useCustomerWords();
  const day = dateFormat(useLanguage(), { timeZone, dateStyle: 'medium' });
  const dayOf = (at: string | null) =>
    at ? <time dateTime={at}>{day.format(new Date(at))}</time> : '—';
  return [
    {
      id: 'who',
      title: t('customers.column.who'),
      width: 190,
      cell: (row) => <b>{words.nameOf(row)}</b>,
      value: words.nameOf,
      onPhone: 'title',
    },
    {
      id: 'state',
      title: t('customers.column.state'),
      width: 170,
      cell: (row) => <Pill tone={words.toneOf(row)}>{words.stateOf(row)}</Pill>,
      value: words.stateOf,
    },
    {
      id: 'spent',
      title: t('customers.column.spent'),
      width: 150,
      isNumber: true,
      cell: (row) => words.spentOf(row),
      value: (row) => words.spentOf(row),
    },
    {
      id: 'source',
      title: t('customers.column.source'),
      width: 130,
      cell: ({ source }) => (source ? sourceName(source) : t('customers.direct')),
      value: ({ source }) => source,
    },
    {
      id: 'seen',
      title: t('customers.column.seen'),
      width: 130,
      cell: ({ first_seen_at }) => dayOf(first_seen_at),
      value: ({ first_seen_at }) => first_seen_at,
    },
    {
      id: 'lastBought',
      title: t('customers.column.lastBought'),
      width: 150,
      cell: ({ last_bought_at }) => dayOf(last_bought_at),
      value: ({ last_bought_at }) => last_bought_at,
    },
  ];
}

function useFilters(search: CustomersSearch, change: Change): Filter[] {
  const { t } = useTranslation();
  const { words, bought, blocked, source } = search;
  const names: [keyof CustomersSearch, string | undefined][] = [
    ['words', words && `“${words}”`],
    [
      'bought',
      bought === undefined ? undefined : t(bought ? 'customers.bought' : 'customers.notBought'),
    ],
    ['blocked', blocked && t('customers.blockedYes')],
    ['source', source && `${t('customers.column.source')}: ${source}`],
  ];
  return names.flatMap(([key, name]) =>
    name ? [{ key, name, onDrop: () => change({ [key]: undefined }) }] : [],
  );
}

function Narrowing({ search, change }: { search: CustomersSearch; change: Change }) {
  const { t } = useTranslation();
  return (
    <Filters>
      <SearchField
        label={t('customers.search')}
        value={search.words}
        onFind={(words) => change({ words })}
      />
      <NativeSelect
        size="md"
        aria-label={t('customers.column.state')}
        value={search.bought === undefined ? '' : String(search.bought)}
        data={[
          { value: '', label: t('customers.any') },
          { value: 'true', label: t('customers.bought') },
          { value: 'false', label: t('customers.notBought') },
        ]}
        onChange={({ currentTarget: { value } }) =>
          change({ bought: value ? value === 'true' : undefined })
        }
      />
      <NativeSelect
        size="md"
        aria-label={t('customers.by')}
        value={search.sort ?? ''}
        disabled={search.bought === false}
        data={[
          { value: '', label: t('customers.joined') },
          { value: 'bought', label: t('customers.boughtLast') },
        ]}
        onChange={({ currentTarget: { value } }) => change({ sort: value ? 'bought' : undefined })}
      />
      <Switch
        size="md"
        label={t('customers.blockedYes')}
        checked={search.blocked ?? false}
        onChange={({ currentTarget }) => change({ blocked: currentTarget.checked || undefined })}
      />
    </Filters>
  );
}
