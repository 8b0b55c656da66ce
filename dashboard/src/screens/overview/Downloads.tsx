import { Button, Card } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { deviceTimeZone, formatDays } from '../../format/time';
import { useLanguage } from '../../i18n';
import text from '../../ui/text.module.css';
import type { View } from '../../view/view';
import { daysOf } from '../../view/view';
import styles from './overview.module.css';

type Dataset = 'orders' | 'kpi_day';
type ExportFormat = 'csv' | 'parquet';

/** The address of a download; both days are included. */
function exportUrl(
  dataset: Dataset,
  format: ExportFormat,
  range: { shops: number[]; from: string; to: string },
): string {
  const chosen = range.shops.length ? `shops=${range.shops.join(',')}&` : '';
  return `/api/exports/${dataset}.${format}?${chosen}from=${range.from}&to=${range.to}`;
}

const DATASETS: readonly Dataset[] = ['orders', 'kpi_day'];
const FORMATS: readonly ExportFormat[] = ['csv', 'parquet'];

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
  const clocks = overview.timezone ? [overview.timezone] : zones;
  const range = daysOfAll(
    view,
    clocks.length ? clocks : [deviceTimeZone()],
    new Date(overview.as_of),
  );
  return (
    <Card withBorder component="section" aria-labelledby="downloads-title">
      <h2 className={text.h2} id="downloads-title">
        {t('downloads.title')}
      </h2>
      <p className={text.note}>
        {t('downloads.what', { count: shopCount, days: formatDays(range, language) })}
      </p>
      <div className={styles.downloads}>
        {DATASETS.map((dataset) => (
          <div key={dataset} className={styles.download}>
            <span>
              <b>{t(`downloads.${dataset}`)}</b>
              <span className={text.note}>{t(`downloads.${dataset}_what`)}</span>
            </span>
            {FORMATS.map((format) => (
              <Button
                key={format}
                component="a"
                href={exportUrl(dataset, format, { shops: view.shops, ...range })}
                download
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
    </Card>
  );
}
