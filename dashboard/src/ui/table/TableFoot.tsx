import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useContext } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../../format/money';
import { formatClock } from '../../format/time';
import { useLanguage } from '../../i18n';
import { FileButton } from '../file/FileLink';
import { ReadAt } from '../page/readAt';
import { type Column, cellsOf } from './columns';
import styles from './dataTable.module.css';
import { saveCsv } from './saveCsv';

/** The address of a file for each format that the server makes. */
export type Download = { csv?: string; parquet?: string };

type Props<R> = {
  label: string;
  columns: readonly Column<R>[];
  sorted: readonly R[];
  hasMore?: boolean;
  download?: Download;
  /** As `Loaded` around it says, unless given. */
  asOf?: number;
};

/** How many rows there are, as of when, and the file of exactly these. */
export function TableFoot<R>({ label, columns, sorted, hasMore, download, asOf }: Props<R>) {
  const { t } = useTranslation();
  const language = useLanguage();
  const number = formatCount(sorted.length, language);
  const count = t(hasMore ? 'table.soFar' : 'table.rows', { count: sorted.length, number });
  const readAt = useContext(ReadAt);
  const at = asOf ?? readAt;
  const time = at && formatClock(new Date(at).toISOString(), language);
  const save = () => saveCsv(label, cellsOf(columns, sorted));
  return (
    <div className={styles.foot}>
      <span role="status">
        {count}
        {time && ` · ${t('table.asOf', { time })}`}
      </span>
      <span className={styles.files}>
        {download
          ? (['csv', 'parquet'] as const).map(
              (format) =>
                download[format] && (
                  <FileButton key={format} href={download[format]}>
                    {format === 'csv' ? 'CSV' : 'Parquet'}
                  </FileButton>
                ),
            )
          : // Rows that are not here cannot be in a file made here.
            !hasMore && (
              <Button
                variant="default"
                size="md"
                leftSection={<IconDownload size={16} aria-hidden="true" />}
                aria-label={t('table.save', { label })}
                onClick={save}
              >
                CSV
              </Button>
            )}
      </span>
    </div>
  );
}
