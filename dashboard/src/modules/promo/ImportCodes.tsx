import { Button, FileInput, Switch } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { Dialog } from '../../ui/dialog/Dialog';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import { ScrollTable } from '../../ui/table/ScrollTable';
import text from '../../ui/text.module.css';
import { type CodesReport, FILE, isOfCodes } from './queries';

/** How many refused rows are named; the others are of the same kinds. */
const NAMED = 50;

type Query = { dry_run?: boolean; plan?: string; keep_good?: boolean };

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
  const [file, setFile] = useState<File | null>(null);
  const [keepsGood, setKeepsGood] = useState(false);
  // The bytes as they are: the server finds out in which encoding they are.
  const post = async (query: Query) =>
    send('post', FILE, {
      params: { path: { bot_id: botId }, query },
      body: (await file?.arrayBuffer()) as unknown as string,
      bodySerializer: (body) => body,
      headers: { 'content-type': 'text/csv' },
    });
  const plan = useMutation({ mutationFn: () => post({ dry_run: true }) });
  const carryOut = useMutation({
    mutationFn: (report: CodesReport) => post({ plan: report.plan, keep_good: keepsGood }),
    onSuccess: () => client.invalidateQueries({ predicate: isOfCodes }).then(onDone),
  });
  const report = plan.data;
  const error = plan.error ?? carryOut.error;
  const choose = (chosen: File | null) => {
    setFile(chosen);
    plan.reset();
    carryOut.reset();
  };
  return (
    <div className={record.form}>
      <p className={text.note}>{t('promo.importWhat')}</p>
      <FileInput
        size="md"
        label={t('promo.file')}
        accept=".csv,text/csv"
        value={file}
        onChange={choose}
        clearable
        clearButtonProps={{ 'aria-label': t('promo.otherFile') }}
      />
      {report && <Report report={report} />}
      {report !== undefined && report.refused > 0 && (
        <Switch
          size="md"
          label={t('promo.keepGood')}
          checked={keepsGood}
          onChange={({ currentTarget }) => setKeepsGood(currentTarget.checked)}
        />
      )}
      <Refused error={error} />
      {report ? (
        <Button
          size="md"
          loading={carryOut.isPending}
          disabled={report.added + report.changed === 0 || (report.refused > 0 && !keepsGood)}
          onClick={() => carryOut.mutate(report)}
        >
          {t('promo.doImport', { count: report.added + report.changed })}
        </Button>
      ) : (
        <Button size="md" loading={plan.isPending} disabled={!file} onClick={() => plan.mutate()}>
          {t('promo.dryRun')}
        </Button>
      )}
    </div>
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
