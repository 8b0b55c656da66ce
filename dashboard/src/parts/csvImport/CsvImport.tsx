import { Button, FileInput, Switch } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';

export type ImportQuery = { dry_run?: boolean; plan?: string; keep_good?: boolean };

/** How a CSV's bytes are sent as they are: the server finds out in which encoding they are. */
export const csvRequest = (bytes: ArrayBuffer) => ({
  body: bytes as unknown as string,
  bodySerializer: (body: unknown) => body as BodyInit,
  headers: { 'content-type': 'text/csv' },
});

type Report = { added: number; changed: number; refused: number; plan: string };

type Props<R extends Report> = {
  words: {
    what: string;
    file: string;
    otherFile: string;
    keepGood: string;
    dryRun: string;
    doImport: (count: number) => string;
  };
  send: (query: ImportQuery, bytes: ArrayBuffer) => Promise<R>;
  onImported: () => Promise<unknown>;
  children: (report: R) => ReactNode;
};

/** Many rows from a CSV: first what they would do, row by row, then just that. */
export function CsvImport<R extends Report>({ words, send, onImported, children }: Props<R>) {
  const [file, setFile] = useState<File | null>(null);
  const [keepsGood, setKeepsGood] = useState(false);
  const post = async (query: ImportQuery) =>
    send(query, (await file?.arrayBuffer()) ?? new ArrayBuffer());
  const plan = useMutation({ mutationFn: () => post({ dry_run: true }) });
  const carryOut = useMutation({
    mutationFn: (report: R) => post({ plan: report.plan, keep_good: keepsGood }),
    onSuccess: onImported,
  });
  const report = plan.data;
  const choose = (chosen: File | null) => {
    setFile(chosen);
    plan.reset();
    carryOut.reset();
  };
  return (
    <div className={record.form}>
      <p className={text.note}>{words.what}</p>
      <FileInput
        size="md"
        label={words.file}
        accept=".csv,text/csv"
        value={file}
        onChange={choose}
        clearable
        clearButtonProps={{ 'aria-label': words.otherFile }}
      />
      {report && children(report)}
      {report !== undefined && report.refused > 0 && (
        <Switch
          size="md"
          label={words.keepGood}
          checked={keepsGood}
          onChange={({ currentTarget }) => setKeepsGood(currentTarget.checked)}
        />
      )}
      <Refused error={plan.error ?? carryOut.error} />
      {report ? (
        <Button
          size="md"
          loading={carryOut.isPending}
          disabled={report.added + report.changed === 0 || (report.refused > 0 && !keepsGood)}
          onClick={() => carryOut.mutate(report)}
        >
          {words.doImport(report.added + report.changed)}
        </Button>
      ) : (
        <Button size="md" loading={plan.isPending} disabled={!file} onClick={() => plan.mutate()}>
          {words.dryRun}
        </Button>
      )}
    </div>
  );
}
