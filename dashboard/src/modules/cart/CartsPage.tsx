import { Card, NativeSelect } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { currencyName, formatCount, formatMoney, majorUnits } from '../../format/money';
import { dateFormat, formatSpan } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Formulas } from '../../parts/figures/Formulas';
import { ModulePage } from '../../parts/modules/ModulePage';
import type { ModuleBot } from '../../parts/modules/useModuleBots';
import layout from '../../ui/layout.module.css';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { Facts } from '../../ui/record/Facts';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { type Filter, FilterChips } from '../../ui/table/FilterChips';
import { Filters } from '../../ui/table/Filters';
import { pagesOf } from '../../ui/table/pages';
import { useGo } from '../../view/useGo';
import { useScreenSearch } from '../../view/useScreenSearch';
import { METRICS } from './metrics';
import { cartsQuery, cartsSummaryQuery, type OpenCart } from './queries';
import { type CartsSearch, parseCartsSearch, REMINDED, STATES } from './search';

type Change = (part: Partial<CartsSearch>) => void;
type Props = { current: ModuleBot; search: CartsSearch; change: Change };

/** What lies in carts now, since when, and what it is worth. */
export function CartsPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseCartsSearch);
  return (
    <ModulePage
      moduleKey="cart"
      title={t('carts.title')}
      chosen={search.bot}
      onChoose={(bot) => change({ bot })}
    >
      {(current) => <Carts current={current} search={search} change={change} />}
    </ModulePage>
  );
}

function Carts({ current: { shop, bot }, search, change }: Props) {
  const { t } = useTranslation();
  const go = useGo();
  const query = useInfiniteQuery(cartsQuery(bot.id, search));
  const columns = useColumns(shop.timezone, query.dataUpdatedAt);
  const filters = useFilters(search, change);
  const nameOf = ({ buyer_no }: OpenCart) => t('carts.buyer', { number: buyer_no });
  return (
    <div className={layout.stack}>
      <Worth botId={bot.id} />
      <Narrowing search={search} change={change} />
      <FilterChips filters={filters} />
      <Loaded query={query} height={480}>
        {({ pages }) => (
          <DataTable
            label={t('carts.title')}
            columns={columns}
            rows={pages.flatMap(({ carts }) => carts)}
            keyOf={({ buyer_no, currency }) => `${buyer_no} ${currency}`}
            nameOf={nameOf}
            onOpen={({ buyer_no }) =>
              void go('/customers', { search: { shops: [shop.id], buyer: buyer_no } })
            }
            {...pagesOf(query)}
            empty={
              filters.length ? (
                <Empty title={t('carts.noneSuch')} what={t('carts.noneSuchWhat')} />
              ) : (
                <Empty title={t('carts.none')} what={t('carts.noneWhat')} />
              )
            }
          />
        )}
      </Loaded>
      <Formulas
        metrics={METRICS}
        asOf={query.dataUpdatedAt || undefined}
        rows={{ table: 'conversion_day', shops: [shop.id] }}
      />
    </div>
  );
}

/** The sum of all open carts, and of those that were left. */
function Worth({ botId }: { botId: number }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const query = useQuery(cartsSummaryQuery(botId));
  return (
    <Loaded query={query} height={92}>
      {(sums) =>
        sums.length > 0 && (
          <Card withBorder component="section" aria-label={t('carts.worth')}>
            <Facts
              facts={sums.flatMap((sum): [string, string][] => [
                [
                  t('carts.open', { currency: currencyName(sum.currency) }),
                  `${formatCount(sum.carts, language)} · ${formatMoney(sum.value_minor, sum.currency, language)}`,
                ],
                [
                  t('carts.leftSum', { currency: currencyName(sum.currency) }),
                  `${formatCount(sum.left, language)} · ${formatMoney(sum.left_value_minor, sum.currency, language)}`,
                ],
              ])}
            />
          </Card>
        )
      }
    </Loaded>
  );
}

function useColumns(timeZone: string, now: number): Column<OpenCart>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const moment = dateFormat(language, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  const at = (iso: string) => <time dateTime={iso}>{moment.format(new Date(iso))}</time>;
  return [
    {
      id: 'buyer',
      title: t('carts.column.buyer'),
      width: 130,
      cell: ({ buyer_no }) => <b>{t('carts.buyer', { number: buyer_no })}</b>,
      value: ({ buyer_no }) => buyer_no,
      onPhone: 'title',
    },
    {
      id: 'what',
      title: t('carts.column.what'),
      width: 280,
      cell: ({ titles }) => titles.join(', '),
      value: ({ titles }) => titles.join(', '),
    },
    {
      id: 'units',
      title: t('carts.column.units'),
      width: 90,
      isNumber: true,
      cell: ({ units }) => formatCount(units, language),
      value: ({ units }) => units,
      isSortable: true,
    },
    {
      id: 'worth',
      title: t('carts.column.worth'),
      width: 130,
      isNumber: true,
      cell: ({ value_minor, currency }) => formatMoney(value_minor, currency, language),
      value: ({ value_minor, currency }) => majorUnits(value_minor, currency),
      isSortable: true,
    },
    {
      id: 'currency',
      title: t('carts.column.currency'),
      cell: ({ currency }) => currency,
      value: ({ currency }) => currency,
      isOnlyInFile: true,
    },
    {
      id: 'since',
      title: t('carts.column.since'),
      width: 110,
      cell: ({ changed_at }) => formatSpan((now - Date.parse(changed_at)) / 1000, language),
      value: ({ changed_at }) => changed_at,
    },
    {
      id: 'changed',
      title: t('carts.column.changed'),
      width: 170,
      cell: ({ changed_at }) => at(changed_at),
      value: ({ changed_at }) => changed_at,
    },
    {
      id: 'reminded',
      title: t('carts.column.reminded'),
      width: 170,
      cell: ({ reminded_at }) => (reminded_at ? at(reminded_at) : t('carts.no')),
      value: ({ reminded_at }) => reminded_at,
    },
  ];
}

function useFilters(search: CartsSearch, change: Change): Filter[] {
  const { t } = useTranslation();
  const { state, reminded, buyer } = search;
  const names: [keyof CartsSearch, string | undefined][] = [
    ['state', state && t(`carts.state.${state}`)],
    ['reminded', reminded && t(`carts.reminded.${reminded}`)],
    ['buyer', buyer === undefined ? undefined : t('carts.buyer', { number: buyer })],
  ];
  return names.flatMap(([key, name]) =>
    name ? [{ key, name, onDrop: () => change({ [key]: undefined }) }] : [],
  );
}

function Narrowing({ search, change }: { search: CartsSearch; change: Change }) {
  const { t } = useTranslation();
  return (
    <Filters>
      <NativeSelect
        size="md"
        aria-label={t('carts.stateLabel')}
        value={search.state ?? ''}
        data={[
          { value: '', label: t('carts.state.any') },
          ...STATES.map((value) => ({ value, label: t(`carts.state.${value}`) })),
        ]}
        onChange={({ currentTarget: { value } }) =>
          change({ state: (value || undefined) as CartsSearch['state'] })
        }
      />
      <NativeSelect
        size="md"
        aria-label={t('carts.column.reminded')}
        value={search.reminded ?? ''}
        data={[
          { value: '', label: t('carts.reminded.any') },
          ...REMINDED.map((value) => ({ value, label: t(`carts.reminded.${value}`) })),
        ]}
        onChange={({ currentTarget: { value } }) =>
          change({ reminded: (value || undefined) as CartsSearch['reminded'] })
        }
      />
      <NativeSelect
        size="md"
        aria-label={t('carts.sortLabel')}
        value={search.sort ?? 'newest'}
        data={[
          { value: 'newest', label: t('carts.sort.newest') },
          { value: 'oldest', label: t('carts.sort.oldest') },
        ]}
        onChange={({ currentTarget: { value } }) =>
          change({ sort: value === 'oldest' ? value : undefined })
        }
      />
    </Filters>
  );
}
