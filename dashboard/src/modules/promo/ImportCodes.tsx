import { Button } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { CsvImport, csvRequest } from '../../parts/csvImport/CsvImport';
import { Dialog } from '../../ui/dialog/Dialog';
import { ScrollTable } from '../../ui/table/ScrollTable';
import text from '../../ui/text.module.css';
import { type CodesReport, FILE, isOfCodes } from './queries';

/** How many refused rows are named; the others are of the same kinds. */
const NAMED = 50;

/** Many codes from a CSV: first what it would do, row by row, then just that. */
export function ImportCodes({ botId }: { botId: number }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        size="md"
        variant="default"
        leftSection={<IconUpload size={18} aria-hidden="true" />}
        onClick={() => setOpen(true)}
      >
        {t('promo.import')}
      </Button>
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title={t('promo.import')} size="lg">
        <Steps botId={botId} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Steps({ botId, onDone }: { botId: number; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return (
    <CsvImport
      words={{
        what: t('promo.importWhat'),
        file: t('promo.file'),
        otherFile: t('promo.otherFile'),
        keepGood: t('promo.keepGood'),
        dryRun: t('promo.dryRun'),
        doImport: (count) => t('promo.doImport', { count }),
      }}
      send={(query, bytes) =>
        send('post', FILE, { params: { path: { bot_id: botId }, query }, ...csvRequest(bytes) })
      }
      onImported={() => client.invalidateQueries({ predicate: isOfCodes }).then(onDone)}
    >
      {(report) => <Report report={report} />}
    </CsvImport>
  );
}

function Report({ report }: { report: CodesReport }) {
  const { t } = useTranslation();
  const refused = report.rows.filter(({ outcome }) => outcome === 'refused');
  const { added, changed, left } = report;
  return (
    <>
      <p role="status">{t('promo.report', { added, changed, left, refused: report.refused })}</p>
      {report.ignored_columns.length > 0 && (
        <p className={text.note}>
          {t('promo.ignored', { columns: report.ignored_columns.join(', ') })}
        </p>
      )}
      {refused.length > 0 && (
        <ScrollTable label={t('promo.refusedRows')}>
          <thead>
            <tr>
              <th scope="col">{t('promo.line')}</th>
              <th scope="col">{t('promo.column.code')}</th>
              <th scope="col">{t('promo.why')}</th>
            </tr>
          </thead>
          <tbody>
            {refused.slice(0, NAMED).map(({ line, code, column, detail }) => (
              <tr key={line}>
                <td>{line}</td>
                <td>{code}</td>
                <td>{column ? `${column}: ${detail}` : detail}</td>
              </tr>
            ))}
          </tbody>
        </ScrollTable>
      )}
    </>
  );
}
