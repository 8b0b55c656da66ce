import { Button } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Shop } from '../../api/model';
import { CsvImport, csvRequest } from '../../parts/csvImport/CsvImport';
import { Dialog } from '../../ui/dialog/Dialog';
import { FileButton } from '../../ui/file/FileLink';
import { ScrollTable } from '../../ui/table/ScrollTable';
import text from '../../ui/text.module.css';
import styles from './catalogue.module.css';
import { FILE, type ImportReport, type RowReport, useProductNews } from './queries';

/** How many rows of the dry run are named; the others are of the same kinds. */
const NAMED = 100;

/** The whole catalogue as a CSV, and back again: first what it would do, row by row, then just
 * that. */
export function CatalogueFile({ shop, mayImport }: { shop: Shop; mayImport: boolean }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <FileButton href={`/api/v1/shops/${shop.id}/catalogue.csv?archived=true`}>
        {t('catalogue.export')}
      </FileButton>
      {mayImport && (
        <>
          <Button
            size="md"
            variant="default"
            leftSection={<IconUpload size={18} aria-hidden="true" />}
            onClick={() => setOpen(true)}
          >
            {t('catalogue.import')}
          </Button>
          <Dialog isOpen={isOpen} onClose={close} title={t('catalogue.import')} size="lg">
            <Steps shopId={shop.id} onDone={close} />
          </Dialog>
        </>
      )}
    </>
  );
}

function Steps({ shopId, onDone }: { shopId: number; onDone: () => void }) {
  const { t } = useTranslation();
  const { readAnew } = useProductNews(shopId);
  return (
    <CsvImport
      words={{
        what: t('catalogue.importWhat'),
        file: t('catalogue.file'),
        otherFile: t('catalogue.otherFile'),
        keepGood: t('catalogue.keepGood'),
        dryRun: t('catalogue.dryRun'),
        doImport: (count) => t('catalogue.doImport', { count }),
      }}
      send={(query, bytes) =>
        send('post', FILE, { params: { path: { shop_id: shopId }, query }, ...csvRequest(bytes) })
      }
      onImported={() => readAnew().then(onDone)}
    >
      {(report) => <Report report={report} />}
    </CsvImport>
  );
}

/** What cannot be taken stands first. */
const ORDER = { refused: 0, changed: 1, added: 2, left: 3 } as const;

function Report({ report }: { report: ImportReport }) {
  const { t } = useTranslation();
  const { added, changed, left, refused, new_categories, ignored_columns } = report;
  const told = report.rows
    .filter(({ outcome }) => outcome !== 'left')
    .sort((a, b) => ORDER[a.outcome] - ORDER[b.outcome] || a.line - b.line);
  return (
    <>
      <p role="status">{t('catalogue.report', { added, changed, left, refused })}</p>
      {new_categories.length > 0 && (
        <p className={text.note}>
          {t('catalogue.newCategories', { names: new_categories.join(', ') })}
        </p>
      )}
      {ignored_columns.length > 0 && (
        <p className={text.note}>
          {t('catalogue.ignored', { columns: ignored_columns.join(', ') })}
        </p>
      )}
      {told.length > 0 && (
        <ScrollTable label={t('catalogue.rows')}>
          <thead>
            <tr>
              <th scope="col">{t('catalogue.line')}</th>
              <th scope="col">{t('catalogue.column.title')}</th>
              <th scope="col">{t('catalogue.difference')}</th>
            </tr>
          </thead>
          <tbody>
            {told.slice(0, NAMED).map((row) => (
              <tr key={row.line}>
                <td>{row.line}</td>
                <th scope="row">{[row.title, row.variant].filter(Boolean).join(', ')}</th>
                <td>
                  <Outcome row={row} />
                </td>
              </tr>
            ))}
          </tbody>
        </ScrollTable>
      )}
      {told.length > NAMED && (
        <p className={text.note}>{t('catalogue.andMore', { count: told.length - NAMED })}</p>
      )}
    </>
  );
}

function Outcome({ row: { outcome, changes = [], troubles = [] } }: { row: RowReport }) {
  const { t, i18n } = useTranslation();
  const wordsOf = (code: string, detail: string) =>
    i18n.exists(`catalogue.trouble.${code}`) ? t(`catalogue.trouble.${code}`) : detail;
  if (outcome === 'refused')
    return (
      <ul className={`${styles.changes} ${text.error}`}>
        {troubles.map(({ column, code, detail }) => (
          <li key={`${column} ${code}`}>
            {column && `${column}: `}
            {wordsOf(code, detail)}
          </li>
        ))}
      </ul>
    );
  if (outcome === 'added') return t('catalogue.isNew');
  return (
    <ul className={styles.changes}>
      {changes.map(({ column, before, after }) => (
        <li key={column}>
          {column}: {before && <del>{before}</del>} → <b>{after || '—'}</b>
        </li>
      ))}
    </ul>
  );
}
