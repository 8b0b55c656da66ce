import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import {
  changeOf,
  formatChange,
  formatCount,
  formatMoney,
  formatShare,
  majorUnits,
  NONE,
} from '../../format/money';
import { useLanguage } from '../../i18n';
import { useProblemText } from '../../ui/problem';
import type { Column } from '../../ui/table/DataTable';
import text from '../../ui/text.module.css';
import { ScreenLink } from '../../view/ScreenLink';
import { KEYS } from './metrics';
import { type Exchange, exchanged, figureOf, type MetricsAnswer, type Value } from './queries';

/** What is known of one shop: nothing yet, its figures, or why they did not come. */
export type ShopFigures = {
  shop: Shop;
  answer: MetricsAnswer | undefined;
  error: Error | null;
  exchange: Exchange | null;
};

/** A figure with money in the currency that all are compared in; null without a rate. */
function commonOf({ shop, answer, exchange }: ShopFigures, metric: string, target: string): Value {
  if (!answer) return { value: null, previous: null, currency: null };
  const own = figureOf(answer, metric, shop.currency);
  if (own.currency === null) return own;
  const rate = own.currency === shop.currency ? exchange?.rate : undefined;
  const from = own.currency;
  const converted = (minor: number | null) =>
    minor === null || rate === undefined ? null : exchanged(minor, from, target, rate);
  return { value: converted(own.value), previous: converted(own.previous), currency: target };
}

export function useColumns(rows: readonly ShopFigures[], target: string): Column<ShopFigures>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const problemText = useProblemText();
  const salesOf = (row: ShopFigures) => commonOf(row, KEYS[0] as string, target).value;
  const sales = rows.map(salesOf);
  const total = sales.some((each) => each === null)
    ? null
    : sales.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  const shareOf = (row: ShopFigures) => {
    const own = salesOf(row);
    return total && own !== null ? own / total : null;
  };
  const written = ({ currency }: Value, value: number | null) =>
    currency ? formatMoney(value, currency, language) : formatCount(value, language);
  return [
    {
      id: 'shop',
      title: t('compareShops.shop'),
      width: 180,
      cell: ({ shop, error }) => (
        <>
          <ScreenLink to="/" search={{ shops: [shop.id] }} className={text.link}>
            {shop.name}
          </ScreenLink>
          {error && (
            <div className={text.error} role="alert">
              {problemText(error)}
            </div>
          )}
        </>
      ),
      value: ({ shop }) => shop.name,
      onPhone: 'title',
    },
    ...KEYS.map(
      (metric): Column<ShopFigures> => ({
        id: metric,
        title: t(`compareShops.metric.${metric}`),
        width: 130,
        isNumber: true,
        cell: (row) => {
          const common = commonOf(row, metric, target);
          return (
            <>
              {row.answer ? written(common, common.value) : NONE}
              <Change value={common} />
            </>
          );
        },
        value: (row) => {
          const { value, currency } = commonOf(row, metric, target);
          return value !== null && currency ? majorUnits(value, currency) : value;
        },
        isSortable: true,
      }),
    ),
    {
      id: 'share',
      title: t('compareShops.share'),
      width: 110,
      isNumber: true,
      cell: (row) => formatShare(shareOf(row), language),
      value: shareOf,
      isSortable: true,
    },
  ];
}

function Change({ value: { value, previous } }: { value: Value }) {
  const language = useLanguage();
  const change = changeOf(value, previous);
  if (change === null) return null;
  const tone = change < 0 ? text.down : change > 0 ? text.up : undefined;
  // Beyond ten times as much a share says nothing.
  const words =
    change > 9
      ? `×${formatCount(Math.round(change + 1), language)}`
      : formatChange(change, language);
  return <div className={tone}>{words}</div>;
}
