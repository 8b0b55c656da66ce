import { Card } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { TableSize } from '../../api/model';
import { formatBytes } from '../../format/bytes';
import { formatCount } from '../../format/money';
import { useLanguage } from '../../i18n';
import { ScrollTable } from '../../ui/table/ScrollTable';
import text from '../../ui/text.module.css';

const SHOWN = 12;
const STORES = { clickhouse: 'ClickHouse', postgresql: 'PostgreSQL' };

/** The largest tables of the whole platform. */
export function TablesCard({ tables }: { tables: TableSize[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const total = tables.reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <Card withBorder component="section" aria-labelledby="data-tables">
      <h2 className={text.h2} id="data-tables">
        {t('data.tables')}
      </h2>
      <p className={text.note}>{t('data.tablesWhat', { size: formatBytes(total, language) })}</p>
      <ScrollTable label={t('data.tableOf', { what: t('data.tables') })}>
        <thead>
          <tr>
            <th scope="col">{t('data.table')}</th>
            <th scope="col">{t('data.store')}</th>
            <th scope="col">{t('data.rows')}</th>
            <th scope="col">{t('data.size')}</th>
          </tr>
        </thead>
        <tbody>
          {tables.slice(0, SHOWN).map(({ store, table, rows, bytes }) => (
            <tr key={`${store} ${table}`}>
              <th scope="row" className={text.mono}>
                {table}
              </th>
              <td>{STORES[store]}</td>
              <td>{formatCount(rows, language)}</td>
              <td>{formatBytes(bytes, language)}</td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </Card>
  );
}
