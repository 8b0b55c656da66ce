import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { meQuery } from '../../api/queries';
import { formatCount, formatMoney, majorUnits, NONE } from '../../format/money';
import { useLanguage } from '../../i18n';
import { screenAt } from '../../screens';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { LinkButton } from '../../ui/LinkButton';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import record from '../../ui/record/record.module.css';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { pagesOf } from '../../ui/table/pages';
import text from '../../ui/text.module.css';
import { useGo } from '../../view/useGo';
import { buyersQuery, type SegmentBuyer } from './queries';
import type { Segment } from './search';

type Props = {
  shop: Shop;
  segment: Segment | undefined;
  isClean: boolean;
  onClose: () => void;
};

/** Who is in a segment, and what can be done about it. */
export function SegmentPanel({ shop, segment, isClean, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <SidePanel
      isOpen={segment !== undefined}
      onClose={onClose}
      title={segment && t(`segments.name.${segment}`)}
    >
      {segment !== undefined && (
        <Buyers key={segment} shop={shop} segment={segment} isClean={isClean} />
      )}
    </SidePanel>
  );
}

type BuyersProps = { shop: Shop; segment: Segment; isClean: boolean };

function Buyers({ shop, segment, isClean }: BuyersProps) {
  const { t } = useTranslation();
  const go = useGo();
  const { data: me } = useQuery(meQuery);
  const query = useInfiniteQuery(buyersQuery(shop.id, segment, isClean));
  const nameOf = useNames();
  const columns = useColumns(query.data?.pages[0]?.currency ?? shop.currency, nameOf);
  const mayWrite = me?.role === 'owner' && screenAt('/broadcasts') !== undefined;
  return (
    <div className={record.story}>
      <p className={text.note}>{t(`segments.what.${segment}`)}</p>
      {mayWrite && (
        <div>
          <LinkButton to="/broadcasts" search={{ shops: [shop.id], broadcast: 'new', segment }}>
            {t('segments.broadcast')}
          </LinkButton>
        </div>
      )}
      <Loaded query={query} height={320}>
        {({ pages }) => (
          <DataTable
            label={t(`segments.name.${segment}`)}
            columns={columns}
            rows={pages.flatMap(({ buyers }) => buyers)}
            keyOf={({ buyer_no }) => buyer_no}
            nameOf={nameOf}
            onOpen={({ buyer_no }) =>
              void go('/customers', { search: { shops: [shop.id], buyer: buyer_no } })
            }
            {...pagesOf(query)}
            empty={<Empty title={t('segments.nobody')} />}
          />
        )}
      </Loaded>
    </div>
  );
}

function useNames() {
  const { t } = useTranslation();
  return ({ customer, buyer_no }: SegmentBuyer): string =>
    customer?.first_name ||
    (customer?.username ? `@${customer.username}` : t('segments.number', { number: buyer_no }));
}

function useColumns(
  currency: string,
  nameOf: (buyer: SegmentBuyer) => string,
): Column<SegmentBuyer>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  return [
    {
      id: 'who',
      title: t('segments.column.who'),
      width: 130,
      cell: (buyer) => <b>{nameOf(buyer)}</b>,
      value: nameOf,
      onPhone: 'title',
    },
    {
      id: 'money',
      title: t('segments.column.money'),
      width: 110,
      isNumber: true,
      cell: ({ net_sales_minor }) => formatMoney(net_sales_minor, currency, language),
      value: ({ net_sales_minor }) =>
        net_sales_minor === null ? null : majorUnits(net_sales_minor, currency),
    },
    {
      id: 'orders',
      title: t('segments.column.orders'),
      width: 80,
      isNumber: true,
      cell: ({ orders }) => formatCount(orders, language),
      value: ({ orders }) => orders,
    },
    {
      id: 'recency',
      title: t('segments.column.since'),
      width: 90,
      isNumber: true,
      cell: ({ recency_days }) => formatCount(recency_days, language),
      value: ({ recency_days }) => recency_days,
    },
    {
      id: 'scores',
      title: 'R · F · M',
      width: 90,
      cell: ({ r, f, m }) => `${r} · ${f} · ${m ?? NONE}`,
      value: ({ r, f, m }) => `${r} ${f} ${m ?? NONE}`,
    },
  ];
}
