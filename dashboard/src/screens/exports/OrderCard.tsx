import { Button, Card, Checkbox, NativeSelect, Switch, TextInput } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { formatBytes } from '../../format/bytes';
import { formatCount } from '../../format/money';
import { useLanguage } from '../../i18n';
import { fileOf } from '../../parts/exports/file';
import { useDownload } from '../../ui/file/useDownload';
import layoutStyles from '../../ui/layout.module.css';
import { Refused } from '../../ui/Refused';
import { chooseDialect } from '../../ui/table/dialect';
import { Filters } from '../../ui/table/Filters';
import text from '../../ui/text.module.css';
import { type DayRange, isDay } from '../../view/view';
import styles from './exports.module.css';
import { bytesOf, estimateQuery, JOBS, jobsQuery, type Table } from './queries';
import { type ExportsSearch, FORMATS, type Format } from './search';
import { useExport } from './useExport';

type Props = {
  tables: readonly Table[];
  search: ExportsSearch;
  change: (part: Partial<ExportsSearch>) => void;
};

/** Which table, of which days, in which format; taken at once or in the background. */
export function OrderCard({ tables, search, change }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const client = useQueryClient();
  const file = useDownload();
  const { table, format, layout, dialect, columns, days, shops } = useExport(tables, search);
  const order = useMutation({
    mutationFn: () =>
      send('post', JOBS, {
        params: { query: shops.length ? { shops: shops.join(',') } : {} },
        body: { table: table?.key ?? '', ...(table?.has_days ? days : {}), layout },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: jobsQuery.queryKey }),
  });
  if (!table) return null;
  const setDay = (part: { first?: string; last?: string }) => {
    const { first = days.from, last = days.to } = part;
    if (!isDay(first) || !isDay(last)) return;
    // Moved past the other end, it takes that along.
    if (first <= last) change({ first, last });
    else if (part.first) change({ first, last: first });
    else change({ first: last, last });
  };
  return (
    <Card withBorder component="section" aria-labelledby="exports-order">
      <h2 className={text.h2} id="exports-order">
        {t('exports.order')}
      </h2>
      <div className={styles.order}>
        <Filters>
          <NativeSelect
            size="md"
            label={t('exports.table')}
            value={table.key}
            data={tables.map(({ key, title }) => ({ value: key, label: title[language] ?? key }))}
            onChange={({ currentTarget }) =>
              change({ table: currentTarget.value, columns: undefined })
            }
          />
          <NativeSelect
            size="md"
            label={t('exports.format')}
            value={format}
            data={FORMATS.map((value) => ({ value, label: t(`exports.formats.${value}`) }))}
            onChange={({ currentTarget }) => change({ format: currentTarget.value as Format })}
          />
          {table.has_days && (
            <>
              <TextInput
                type="date"
                size="md"
                label={t('exports.first')}
                value={days.from}
                onChange={({ currentTarget }) => setDay({ first: currentTarget.value })}
              />
              <TextInput
                type="date"
                size="md"
                label={t('exports.last')}
                value={days.to}
                onChange={({ currentTarget }) => setDay({ last: currentTarget.value })}
              />
            </>
          )}
        </Filters>
        <Switch
          size="md"
          label={t('exports.excel')}
          description={t('exports.excelWhat')}
          checked={dialect === 'excel'}
          onChange={({ currentTarget }) => chooseDialect(currentTarget.checked ? 'excel' : 'plain')}
        />
        <Columns
          table={table}
          picked={columns}
          onPick={(names) => change({ columns: names?.join(',') })}
        />
        <Estimate
          table={table}
          format={format}
          shops={shops}
          days={table.has_days ? days : undefined}
        />
        {!table.has_days && <p className={text.note}>{t('exports.whole')}</p>}
        <Refused error={order.error ?? file.error} />
        <div className={layoutStyles.actions}>
          <Button
            component="a"
            href={fileOf(table.key, layout, shops, table.has_days ? days : undefined)}
            download
            onClick={file.onClick}
            loading={file.isPending}
            size="md"
            leftSection={<IconDownload size={18} aria-hidden="true" />}
          >
            {t('exports.now')}
          </Button>
          <Button
            size="md"
            variant="default"
            loading={order.isPending}
            onClick={() => order.mutate()}
          >
            {t('exports.background')}
          </Button>
        </div>
        <p className={text.note}>{t('exports.which')}</p>
      </div>
    </Card>
  );
}

type EstimateProps = {
  table: Table;
  format: Format;
  shops: readonly number[];
  days: DayRange | undefined;
};

/** How much it will be: rows counted now, bytes by what earlier exports took. */
function Estimate({ table, format, shops, days }: EstimateProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { data } = useQuery(estimateQuery(table.key, shops, days));
  const { data: jobs = [] } = useQuery(jobsQuery);
  if (!data) return null;
  const bytes = bytesOf(data.rows, table.key, format, jobs);
  const rows = t('exports.estimate', {
    count: data.rows,
    number: formatCount(data.rows, language),
  });
  return (
    <p role="status" className={text.note}>
      {bytes === null
        ? rows
        : `${rows} ${t('exports.estimateSize', { size: formatBytes(bytes, language) })}`}
    </p>
  );
}

type ColumnsProps = {
  table: Table;
  /** Undefined: all. */
  picked: readonly string[] | undefined;
  onPick: (names: string[] | undefined) => void;
};

/** What the file will have; all of it unless some are left out. */
function Columns({ table: { columns }, picked, onPick }: ColumnsProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (!columns) return <p className={text.note}>{t('exports.columnsAway')}</p>;
  const names = columns.map(({ name }) => name);
  const shown = picked ?? names;
  const flip = (flipped: string) => {
    const next = names.filter((name) => shown.includes(name) !== (name === flipped));
    onPick(next.length < names.length ? next : undefined);
  };
  return (
    <details className={styles.columns}>
      <summary>
        {picked
          ? t('exports.columnsOf', { count: picked.length, all: names.length })
          : t('exports.columns', { count: names.length })}
      </summary>
      <div className={styles.picks}>
        {columns.map(({ name, title, is_personal }) => (
          <Checkbox
            key={name}
            size="md"
            checked={shown.includes(name)}
            // A file without columns is none.
            disabled={shown.length === 1 && shown.includes(name)}
            onChange={() => flip(name)}
            label={
              <>
                {title[language]} <span className={text.mono}>{name}</span>
                {is_personal && <span className={text.note}> · {t('exports.personal')}</span>}
              </>
            }
          />
        ))}
      </div>
      {picked && (
        <Button size="md" variant="default" onClick={() => onPick(undefined)}>
          {t('exports.allColumns')}
        </Button>
      )}
    </details>
  );
}
