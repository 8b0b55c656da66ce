import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { formatBytes } from '../../format/bytes';
import { formatCount, formatShare } from '../../format/money';
import { dateFormat, formatDays } from '../../format/time';
import { useLanguage } from '../../i18n';
import layout from '../../ui/layout.module.css';
import { Pill, type Tone } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import { type Column, DataTable } from '../../ui/table/DataTable';
import text from '../../ui/text.module.css';
import styles from './exports.module.css';
import { isUnderWay, JOB, type Job, jobsQuery, progressOf, type Table } from './queries';

type Props = { tables: readonly Table[]; onOpen: (jobId: string) => void };

/** What was ordered, how far it is, and until when its files are there. */
export function Jobs({ tables, onOpen }: Props) {
  const { t } = useTranslation();
  const query = useQuery(jobsQuery);
  const columns = useColumns(tables);
  return (
    <section className={layout.stack} aria-labelledby="exports-jobs">
      <h2 className={text.h2} id="exports-jobs">
        {t('exports.jobs')}
      </h2>
      <Loaded query={query} height={240}>
        {(jobs) => (
          <DataTable
            label={t('exports.jobs')}
            columns={columns}
            rows={jobs}
            keyOf={({ id }) => id}
            onOpen={({ id }) => onOpen(id)}
            asOf={query.dataUpdatedAt}
            empty={<Empty title={t('exports.none')} what={t('exports.noneWhat')} />}
          />
        )}
      </Loaded>
    </section>
  );
}

const TONES: Record<Job['state'], Tone> = {
  queued: 'waiting',
  running: 'waiting',
  done: 'good',
  failed: 'bad',
  cancelled: 'plain',
  expired: 'plain',
  erased: 'plain',
};

function useColumns(tables: readonly Table[]): Column<Job>[] {
  const { t, i18n } = useTranslation();
  const whyOf = (code: string) =>
    t(`exports.why.${i18n.exists(`exports.why.${code}`) ? code : 'other'}`, { code });
  const language = useLanguage();
  const moment = dateFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const at = (iso: string) => moment.format(new Date(iso));
  const titleOf = ({ table_key }: Job) =>
    tables.find(({ key }) => key === table_key)?.title[language] ?? table_key;
  const daysOf = ({ first_day, last_day, table_key }: Job) =>
    tables.find(({ key }) => key === table_key)?.has_days === false
      ? t('exports.allDays')
      : formatDays({ from: first_day, to: last_day }, language);
  return [
    {
      id: 'what',
      title: t('exports.column.what'),
      width: 200,
      cell: (job) => (
        <>
          <b>{titleOf(job)}</b>
          <div className={text.note}>{daysOf(job)}</div>
        </>
      ),
      value: (job) => `${titleOf(job)} ${daysOf(job)}`,
      onPhone: 'title',
    },
    {
      id: 'state',
      title: t('exports.column.state'),
      width: 180,
      cell: (job) => (
        <>
          <Pill tone={TONES[job.state]} isMoving={isUnderWay(job)}>
            {t(`exports.state.${job.state}`)}
          </Pill>
          {isUnderWay(job) && (
            <progress
              className={styles.progress}
              value={progressOf(job)}
              aria-label={t('exports.progress', { share: formatShare(progressOf(job), language) })}
            />
          )}
          {job.error && <div className={text.error}>{whyOf(job.error)}</div>}
        </>
      ),
      value: ({ state }) => t(`exports.state.${state}`),
    },
    {
      id: 'rows',
      title: t('exports.column.rows'),
      width: 100,
      isNumber: true,
      cell: ({ rows }) => formatCount(rows, language),
      value: ({ rows }) => rows,
    },
    {
      id: 'size',
      title: t('exports.column.size'),
      width: 100,
      isNumber: true,
      cell: ({ size_bytes }) => formatBytes(size_bytes, language),
      value: ({ size_bytes }) => size_bytes,
    },
    {
      id: 'created',
      title: t('exports.column.created'),
      width: 160,
      cell: ({ created_at }) => at(created_at),
      value: ({ created_at }) => created_at,
    },
    {
      id: 'expires',
      title: t('exports.column.expires'),
      width: 160,
      cell: ({ expires_at }) => (expires_at ? at(expires_at) : '—'),
      value: ({ expires_at }) => expires_at,
    },
    {
      id: 'cancel',
      title: t('exports.column.cancel'),
      width: 130,
      cell: (job) => <Cancel job={job} name={titleOf(job)} />,
      value: () => null,
    },
  ];
}

function Cancel({ job, name }: { job: Job; name: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => send('delete', JOB, { params: { path: { export_id: job.id } } }),
    onSettled: () => client.invalidateQueries({ queryKey: jobsQuery.queryKey }),
  });
  if (!isUnderWay(job) && job.state !== 'done') return null;
  const what = t(isUnderWay(job) ? 'exports.cancel' : 'exports.remove');
  return (
    <>
      <Button
        size="md"
        variant="default"
        loading={cancel.isPending}
        aria-label={`${what}: ${name}`}
        onClick={() => cancel.mutate()}
      >
        {what}
      </Button>
      <Refused error={cancel.error} />
    </>
  );
}
