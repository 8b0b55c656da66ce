import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { formatCount, formatMoney, formatShare, majorUnits } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Formulas } from '../../parts/figures/Formulas';
import { VariantSwitch } from '../../parts/figures/VariantSwitch';
import { OneShopPage } from '../../parts/shops/OneShopPage';
import layout from '../../ui/layout.module.css';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { Filters } from '../../ui/table/Filters';
import { useScreenSearch } from '../../view/useScreenSearch';
import { METRICS } from './metrics';
import { type SegmentSize, type SegmentsAnswer, segmentsQuery } from './queries';
import { SegmentPanel } from './SegmentPanel';
import { parseSegmentsSearch, type SegmentsSearch } from './search';
import styles from './segments.module.css';

type Change = (part: Partial<SegmentsSearch>, options?: { push?: boolean }) => void;
type Props = { shop: Shop; search: SegmentsSearch; change: Change };

/** Buyers by how lately, how often and for how much they bought. */
export function SegmentsPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseSegmentsSearch);
  return (
    <OneShopPage
      title={t('segments.title')}
      chosen={search.shop}
      onChoose={(shop) => change({ shop, segment: undefined })}
    >
      {(shop) => <Segments shop={shop} search={search} change={change} />}
    </OneShopPage>
  );
}

function Segments({ shop, search, change }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const query = useQuery({
    ...segmentsQuery(shop.id, search.clean ?? false),
    placeholderData: keepPreviousData,
  });
  const columns = useColumns(query.data);
  const day = dateFormat(language, { timeZone: 'UTC', dateStyle: 'medium' });
  return (
    <div className={layout.stack}>
      <Filters>
        <VariantSwitch isClean={search.clean ?? false} onChange={(clean) => change({ clean })} />
      </Filters>
      <Loaded query={query} height={420}>
        {(answer) => (
          <>
            <DataTable
              label={t('segments.title')}
              columns={columns}
              rows={answer.segments}
              keyOf={({ segment }) => segment}
              nameOf={({ segment }) => t(`segments.name.${segment}`)}
              onOpen={({ segment }) => change({ segment }, { push: true })}
              asOf={query.dataUpdatedAt}
              empty={<Empty title={t('segments.none')} what={t('segments.noneWhat')} />}
            />
            <Formulas
              metrics={METRICS}
              asOf={answer.as_of}
              note={
                answer.day
                  ? t('segments.year', { day: day.format(new Date(answer.day)) })
                  : undefined
              }
              rows={{
                table: 'rfm_day',
                from: answer.day ?? undefined,
                to: answer.day ?? undefined,
                shops: [shop.id],
              }}
            />
          </>
        )}
      </Loaded>
      <SegmentPanel
        shop={shop}
        segment={search.segment}
        isClean={search.clean ?? false}
        onClose={() => change({ segment: undefined })}
      />
    </div>
  );
}

function useColumns(answer: SegmentsAnswer | undefined): Column<SegmentSize>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const currency = answer?.currency ?? 'XTR';
  const all = answer?.segments.reduce((sum, { buyers }) => sum + buyers, 0) ?? 0;
  return [
    {
      id: 'name',
      title: t('segments.column.segment'),
      width: 260,
      cell: ({ segment }) => (
        <span className={styles.name}>
          <b>{t(`segments.name.${segment}`)}</b>
          <span className={styles.what}>{t(`segments.what.${segment}`)}</span>
        </span>
      ),
      value: ({ segment }) => t(`segments.name.${segment}`),
      onPhone: 'title',
    },
    {
      id: 'buyers',
      title: t('segments.column.buyers'),
      width: 110,
      isNumber: true,
      cell: ({ buyers }) => formatCount(buyers, language),
      value: ({ buyers }) => buyers,
      isSortable: true,
    },
    {
      id: 'share',
      title: t('segments.column.share'),
      width: 100,
      isNumber: true,
      cell: ({ buyers }) => formatShare(all ? buyers / all : null, language),
      value: ({ buyers }) => (all ? buyers / all : null),
    },
    {
      id: 'money',
      title: t('segments.column.money'),
      width: 150,
      isNumber: true,
      cell: ({ net_sales_minor }) => formatMoney(net_sales_minor, currency, language),
      value: ({ net_sales_minor }) =>
        net_sales_minor === null ? null : majorUnits(net_sales_minor, currency),
      isSortable: true,
    },
    {
      id: 'orders',
      title: t('segments.column.orders'),
      width: 110,
      isNumber: true,
      cell: ({ orders }) => formatCount(orders, language),
      value: ({ orders }) => orders,
      isSortable: true,
    },
    {
      id: 'recency',
      title: t('segments.column.recency'),
      width: 160,
      isNumber: true,
      cell: ({ recency_days }) => formatCount(recency_days, language),
      value: ({ recency_days }) => recency_days,
      isSortable: true,
    },
  ];
}
