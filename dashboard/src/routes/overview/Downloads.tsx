import { Button, Card } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type Dataset, type ExportFormat, exportUrl, type View } from '../../api/client';
import type { Overview } from '../../api/contract';
import { daysOf, deviceTimeZone, formatDays } from '../../format/time';
import { useLanguage } from '../../i18n';

const DATASETS: readonly Dataset[] = ['orders', 'kpi_day'];
const FORMATS: readonly ExportFormat[] = ['csv', 'parquet'];

type Props = { overview: Overview; view: View; shopCount: number };

/** Files with the rows behind exactly the chosen shops and period. */
export function Downloads({ overview, view, shopCount }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const zone = overview.timezone ?? deviceTimeZone();
  const range = daysOf(view.period, zone, new Date(overview.as_of));
  return (
    <Card withBorder component="section" aria-labelledby="downloads-title">
      <h2 className="h2" id="downloads-title">
        {t('downloads.title')}
      </h2>
      <p className="note">
        {t('downloads.what', { count: shopCount, days: formatDays(range, language) })}
      </p>
      <div className="downloads">
        {DATASETS.map((dataset) => (
          <div key={dataset} className="download">
            <span>
              <b>{t(`downloads.${dataset}`)}</b>
              <span className="note">{t(`downloads.${dataset}_what`)}</span>
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
