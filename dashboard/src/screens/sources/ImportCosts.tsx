import { Button, FileInput } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Shop } from '../../api/model';
import { Dialog } from '../../ui/dialog/Dialog';
import { useProblemText } from '../../ui/problem';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import { ScrollTable } from '../../ui/table/ScrollTable';
import text from '../../ui/text.module.css';
import { type CostLine, readCosts } from './costFile';
import { COST, isOfSources, LIST, type Source } from './queries';

/** How many lines are named; the others are of the same kinds. */
const NAMED = 50;

/** Costs of many links and days from a CSV: first what it says, line by line, then just that. */
export function ImportCosts({ shop }: { shop: Shop }) {
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
        {t('sources.import')}
      </Button>
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title={t('sources.import')} size="lg">
        <Steps shop={shop} />
      </Dialog>
    </>
  );
}

/** Every link there is, whatever the screen is narrowed to; archived ones may have cost, too. */
async function everySource(shop: Shop): Promise<Source[]> {
  const found: Source[] = [];
  for (const archived of [false, true]) {
    let after: string | undefined;
    do {
      const query = { archived, limit: 200, after };
      const page = await send('get', LIST, { params: { path: { shop_id: shop.id }, query } });
      found.push(...page.sources);
      after = page.next ?? undefined;
    } while (after);
  }
  return found;
}

type Outcome = { done: number; refused: { line: CostLine; error: Error }[] };

function Steps({ shop }: { shop: Shop }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const plan = useMutation({
    mutationFn: async () =>
      readCosts((await file?.text()) ?? '', await everySource(shop), shop.currency),
  });
  const carryOut = useMutation({
    mutationFn: async (lines: CostLine[]): Promise<Outcome> => {
      const outcome: Outcome = { done: 0, refused: [] };
      for (const line of lines) {
        if (!line.cost) continue;
        const { sourceId, ...body } = line.cost;
        const path = { shop_id: shop.id, source_id: sourceId, day: line.day };
        try {
          await send('put', COST, { params: { path }, body });
          outcome.done += 1;
        } catch (error) {
          outcome.refused.push({ line, error: error as Error });
        }
      }
      return outcome;
    },
    onSettled: () => client.invalidateQueries({ predicate: isOfSources }),
  });
  const lines = plan.data;
  const good = lines?.filter(({ cost }) => cost).length ?? 0;
  const choose = (chosen: File | null) => {
    setFile(chosen);
    plan.reset();
    carryOut.reset();
  };
  return (
    <div className={record.form}>
      <p className={text.note}>{t('sources.importWhat')}</p>
      <FileInput
        size="md"
        label={t('sources.file')}
        accept=".csv,text/csv"
        value={file}
        onChange={choose}
        clearable
        clearButtonProps={{ 'aria-label': t('sources.otherFile') }}
      />
      {lines && <p role="status">{t('sources.report', { good, bad: lines.length - good })}</p>}
      {lines && <Problems lines={lines} />}
      <Refused error={plan.error} />
      {carryOut.data ? (
        <Result outcome={carryOut.data} />
      ) : lines ? (
        <Button
          size="md"
          disabled={good === 0}
          loading={carryOut.isPending}
          onClick={() => carryOut.mutate(lines)}
        >
          {t('sources.doImport', { count: good })}
        </Button>
      ) : (
        <Button size="md" disabled={!file} loading={plan.isPending} onClick={() => plan.mutate()}>
          {t('sources.dryRun')}
        </Button>
      )}
    </div>
  );
}

function Problems({ lines }: { lines: readonly CostLine[] }) {
  const { t } = useTranslation();
  const bad = lines.filter(({ problem }) => problem);
  if (bad.length === 0) return null;
  return (
    <ScrollTable label={t('sources.badLines')}>
      <thead>
        <tr>
          <th scope="col">{t('sources.line')}</th>
          <th scope="col">{t('sources.field.code')}</th>
          <th scope="col">{t('sources.why')}</th>
        </tr>
      </thead>
      <tbody>
        {bad.slice(0, NAMED).map(({ line, code, problem }) => (
          <tr key={line}>
            <th scope="row">{line}</th>
            <td>{code}</td>
            <td>{t(`sources.problem.${problem}`)}</td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  );
}

function Result({ outcome: { done, refused } }: { outcome: Outcome }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  return (
    <>
      <p role="status">{t('sources.imported', { count: done })}</p>
      {refused.slice(0, NAMED).map(({ line, error }) => (
        <p key={line.line} className={text.error}>
          {t('sources.refusedLine', { line: line.line })} {problemText(error)}
        </p>
      ))}
    </>
  );
}
