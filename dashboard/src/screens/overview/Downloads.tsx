import { Button, Card } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { meQuery, statusQuery } from '../../api/queries';
import { deviceTimeZone, formatClock, formatDays } from '../../format/time';
import { useLanguage } from '../../i18n';
import { fileOf, layoutFor } from '../../parts/exports/file';
import { useDownload } from '../../ui/file/useDownload';
import { Refused } from '../../ui/Refused';
import { useDialect } from '../../ui/table/dialect';
import text from '../../ui/text.module.css';
import type { View } from '../../view/view';
import { daysOf } from '../../view/view';
import styles from './overview.module.css';

/** The API's tables. */
const TABLES = { orders: 'sales', kpi_day: 'shop_kpi_day' } as const;
const DATASETS = ['orders', 'kpi_day'] as const;
const FORMATS = ['csv', 'parquet'] as const;

type Props = {
  /** Of whatever answer is on the screen. */
  overview: { as_of: string; timezone: string | null };
  view: View;
  shopCount: number;
  /** The shops' clocks, where "today" is each shop's own. */
  zones?: readonly string[];
};

/** From the first to the last day that is meant by any of the clocks. */
function daysOfAll(view: View, zones: readonly string[], now: Date) {
  const days = zones.map((zone) => daysOf(view, zone, now));
  const from = days.map((each) => each.from).sort()[0] ?? '';
  const to =
    days
      .map((each) => each.to)
      .sort()
      .at(-1) ?? '';
  return { from, to };
}

/** Files with the rows behind exactly the chosen shops and period. */
export function Downloads({ overview, view, shopCount, zones = [] }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const dialect = useDialect();
  const file = useDownload();
  const { data: me } = useQuery(meQuery);
  // Rows are not a viewer's to take away.
  const mine = DATASETS.filter((dataset) => dataset !== 'orders' || me?.role !== 'viewer');
  const { data: status } = useQuery(statusQuery);
  const given = overview.timezone ? [overview.timezone] : zones;
  const clocks = given.length ? given : [deviceTimeZone()];
  const now = new Date(overview.as_of);
  const range = daysOfAll(view, clocks, now);
  const today = daysOfAll({ ...view, period: 'today', range: undefined }, clocks, now);
  // Of days that are over all is counted; today's figures are of a moment.
  const countedAt = range.to >= today.from ? (status?.computed_at ?? undefined) : undefined;
  const addressOf = (dataset: (typeof DATASETS)[number], format: (typeof FORMATS)[number]) =>
    fileOf(TABLES[dataset], layoutFor(format, dialect, language), view.shops, range);
  return (
    <Card withBorder component="section" aria-labelledby="downloads-title">
      <h2 className={text.h2} id="downloads-title">
        {t('downloads.title')}
      </h2>
      <p className={text.note}>
        {t('downloads.what', { count: shopCount, days: formatDays(range, language) })}
      </p>
      <div className={styles.downloads}>
        {mine.map((dataset) => (
          <div key={dataset} className={styles.download}>
            <span>
              <b>{t(`downloads.${dataset}`)}</b>
              <span className={text.note}>
                {t(`downloads.${dataset}_what`)}
                {dataset === 'kpi_day' &&
                  countedAt &&
                  ` · ${t('downloads.counted', { time: formatClock(countedAt, language) })}`}
              </span>
            </span>
            {FORMATS.map((format) => (
              <Button
                key={format}
                component="a"
                href={addressOf(dataset, format)}
                download
                onClick={file.onClick}
                loading={file.pending === addressOf(dataset, format)}
                variant="default"
                leftSection={<IconDownload size={16} aria-hidden="true" />}
                aria-label={t('downloads.get', {
                  what: t(`downloads.${dataset}`),
                  format: t(`downloads.${format}`),
                })}
              >
                {t(`downloads.${format}`)}
              </Button>
            ))}
          </div>
        ))}
      </div>
      <Refused error={file.error} />
    </Card>
  );
}
