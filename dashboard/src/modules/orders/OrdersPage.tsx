import { NativeSelect, Switch } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../../api/queries';
import { formatMoney, majorUnits } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { ModulePage } from '../../parts/modules/ModulePage';
import type { ModuleBot } from '../../parts/modules/useModuleBots';
import layout from '../../ui/layout.module.css';
import { Pill } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { type Filter, FilterChips } from '../../ui/table/FilterChips';
import { Filters } from '../../ui/table/Filters';
import { pagesOf } from '../../ui/table/pages';
import { SearchField } from '../../ui/table/SearchField';
import { useScreenSearch } from '../../view/useScreenSearch';
import { OrderPanel } from './OrderPanel';
import { fileOf, type OrderRow, type OrderStatus, ordersQuery, type Stage } from './queries';
import { type OrdersSearch, parseOrdersSearch, SORTS, type Sort, STAGES, STATUSES } from './search';
import { TONES, useOrderWords } from './words';

type Change = (part: Partial<OrdersSearch>, options?: { push?: boolean }) => void;

/** Orders of a shop: found, opened, and seen through to their end. */
export function OrdersPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseOrdersSearch);
  return (
    <ModulePage
      moduleKey="orders"
      title={t('orders.title')}
      chosen={search.bot}
      onChoose={(bot) => change({ bot, order: undefined })}
    >
      {(current) => <Orders current={current} search={search} change={change} />}
    </ModulePage>
  );
}

type Props = { current: ModuleBot; search: OrdersSearch; change: Change };

function Orders({ current: { shop, bot }, search, change }: Props) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const query = useInfiniteQuery(ordersQuery(bot.id, search));
  const columns = useColumns(shop.timezone);
  const filters = useFilters(search, change);
  return (
    <div className={layout.stack}>
      <Narrowing search={search} change={change} />
      <FilterChips filters={filters} />
      <Loaded query={query} height={480}>
        {({ pages }) => (
          <DataTable
            label={t('orders.title')}
            columns={columns}
            rows={pages.flatMap(({ orders }) => orders)}
            keyOf={({ id }) => id}
            nameOf={({ order_no }) => t('orders.number', { number: order_no })}
            onOpen={({ id }) => change({ order: id }, { push: true })}
            {...pagesOf(query)}
            download={me?.role === 'owner' ? { csv: fileOf(bot.id, search) } : undefined}
            empty={
              filters.length ? (
                <Empty title={t('orders.noneSuch')} what={t('orders.noneSuchWhat')} />
              ) : (
                <Empty title={t('orders.none')} what={t('orders.noneWhat')} />
              )
            }
          />
        )}
      </Loaded>
      <OrderPanel
        shop={shop}
        botId={bot.id}
        orderId={search.order}
        onClose={() => change({ order: undefined })}
      />
    </div>
  );
}

function useColumns(timeZone: string): Column<OrderRow>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = useOrderWords();
  const moment = dateFormat(language, {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  return [
    {
      id: 'number',
      title: t('orders.column.number'),
      width: 90,
      cell: ({ order_no }) => <b>{t('orders.number', { number: order_no })}</b>,
      value: ({ order_no }) => order_no,
      onPhone: 'title',
    },
    {
      id: 'created',
      title: t('orders.column.created'),
      width: 130,
      cell: ({ created_at }) => (
        <time dateTime={created_at}>{moment.format(new Date(created_at))}</time>
      ),
      value: ({ created_at }) => created_at,
    },
    {
      id: 'status',
      title: t('orders.column.status'),
      width: 180,
      cell: ({ status, stage, attention }) => (
        <Pill tone={attention ? 'bad' : TONES[status]}>
          {status === 'paid' && stage !== 'new' ? words.stageOf(stage) : words.statusOf(status)}
        </Pill>
      ),
      value: ({ status }) => words.statusOf(status),
    },
    {
      id: 'what',
      title: t('orders.column.what'),
      width: 220,
      cell: (row) => whatOf(row, t('orders.more', { count: row.lines - 1 })),
      value: ({ title }) => title,
    },
    {
      id: 'buyer',
      title: t('orders.column.buyer'),
      width: 140,
      cell: ({ buyer_name, buyer_no }) =>
        buyer_name || t('orders.buyerNumber', { number: buyer_no }),
      value: ({ buyer_no }) => buyer_no,
    },
    {
      id: 'total',
      title: t('orders.column.total'),
      width: 120,
      isNumber: true,
      cell: ({ total_minor, currency }) => formatMoney(total_minor, currency, language),
      value: ({ total_minor, currency }) => majorUnits(total_minor, currency),
    },
    {
      id: 'currency',
      title: t('orders.column.currency'),
      cell: ({ currency }) => currency,
      value: ({ currency }) => currency,
      isOnlyInFile: true,
    },
  ];
}

const whatOf = ({ title, lines }: OrderRow, more: string) =>
  lines > 1 ? `${title} ${more}` : title;

function useFilters(search: OrdersSearch, change: Change): Filter[] {
  const { t } = useTranslation();
  const words = useOrderWords();
  const { status, stage, needs, buyer, text } = search;
  const names: [keyof OrdersSearch, string | undefined][] = [
    ['status', status && words.statusOf(status)],
    ['stage', stage && words.stageOf(stage)],
    ['needs', needs && t('orders.needs')],
    ['buyer', buyer === undefined ? undefined : t('orders.buyerNumber', { number: buyer })],
    ['text', text && `“${text}”`],
  ];
  return names.flatMap(([key, name]) =>
    name ? [{ key, name, onDrop: () => change({ [key]: undefined }) }] : [],
  );
}

function Narrowing({ search, change }: { search: OrdersSearch; change: Change }) {
  const { t } = useTranslation();
  const words = useOrderWords();
  return (
    <Filters>
      <SearchField
        label={t('orders.search')}
        value={search.text}
        onFind={(text) => change({ text })}
      />
      <NativeSelect
        size="md"
        aria-label={t('orders.column.status')}
        value={search.status ?? ''}
        data={[
          { value: '', label: t('orders.anyStatus') },
          ...STATUSES.map((value) => ({ value, label: words.statusOf(value) })),
        ]}
        onChange={({ currentTarget }) =>
          change({ status: (currentTarget.value || undefined) as OrderStatus | undefined })
        }
      />
      <NativeSelect
        size="md"
        aria-label={t('orders.column.stage')}
        value={search.stage ?? ''}
        data={[
          { value: '', label: t('orders.anyStage') },
          ...STAGES.map((value) => ({ value, label: words.stageOf(value) })),
        ]}
        onChange={({ currentTarget }) =>
          change({ stage: (currentTarget.value || undefined) as Stage | undefined })
        }
      />
      <NativeSelect
        size="md"
        aria-label={t('orders.by')}
        value={search.sort ?? ''}
        data={[
          { value: '', label: t('orders.sort.newest') },
          ...SORTS.map((value) => ({ value, label: t(`orders.sort.${value}`) })),
        ]}
        onChange={({ currentTarget }) =>
          change({ sort: (currentTarget.value || undefined) as Sort | undefined })
        }
      />
      <Switch
        size="md"
        label={t('orders.needs')}
        checked={search.needs ?? false}
        onChange={({ currentTarget }) => change({ needs: currentTarget.checked || undefined })}
      />
    </Filters>
  );
}
