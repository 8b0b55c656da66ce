import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import layout from '../../ui/layout.module.css';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import { type Column, DataTable } from '../../ui/table/DataTable';
import text from '../../ui/text.module.css';
import { NewSchedule } from './NewSchedule';
import { SCHEDULE, type Schedule, schedulesQuery, type Table } from './queries';
import type { ExportsSearch } from './search';
import { useWeekdays } from './weekdays';

type Props = { tables: readonly Table[]; search: ExportsSearch };

/** Files that come by themselves, to a chat or a bucket. */
export function Schedules({ tables, search }: Props) {
  const { t } = useTranslation();
  const query = useQuery(schedulesQuery);
  const columns = useColumns(tables);
  return (
    <section className={layout.stack} aria-labelledby="exports-schedules">
      <div className={layout.cardHead}>
        <div>
          <h2 className={text.h2} id="exports-schedules">
            {t('exports.schedules')}
          </h2>
          <p className={text.note}>{t('exports.schedulesWhat')}</p>
        </div>
        <NewSchedule tables={tables} search={search} />
      </div>
      <Loaded query={query} height={160}>
        {(schedules) => (
          <DataTable
            label={t('exports.schedules')}
            columns={columns}
            rows={schedules}
            keyOf={({ id }) => id}
            asOf={query.dataUpdatedAt}
            empty={<p className={text.note}>{t('exports.noSchedules')}</p>}
          />
        )}
      </Loaded>
    </section>
  );
}

function useColumns(tables: readonly Table[]): Column<Schedule>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const weekdays = useWeekdays();
  const titleOf = ({ table_key }: Schedule) =>
    tables.find(({ key }) => key === table_key)?.title[language] ?? table_key;
  const whenOf = ({ every, weekday, hour, timezone }: Schedule) =>
    t(every === 'day' ? 'exports.everyDayAt' : 'exports.everyWeekAt', {
      weekday: weekdays[(weekday ?? 1) - 1],
      time: `${String(hour ?? 9).padStart(2, '0')}:00`,
      zone: timezone,
    });
  const whereOf = ({ chat, s3 }: Schedule) =>
    chat ? t('exports.toChat') : `${s3?.bucket}/${s3?.prefix ?? ''}`;
  const timeOf = (iso: string, timeZone: string) =>
    dateFormat(language, { timeZone, dateStyle: 'medium', timeStyle: 'short' }).format(
      new Date(iso),
    );
  return [
    {
      id: 'what',
      title: t('exports.column.what'),
      width: 170,
      cell: (schedule) => <b>{titleOf(schedule)}</b>,
      value: titleOf,
      onPhone: 'title',
    },
    {
      id: 'when',
      title: t('exports.column.when'),
      width: 210,
      cell: whenOf,
      value: whenOf,
    },
    {
      id: 'where',
      title: t('exports.column.where'),
      width: 150,
      cell: whereOf,
      value: whereOf,
    },
    {
      id: 'delivered',
      title: t('exports.column.delivered'),
      width: 170,
      cell: ({ delivered_at, timezone, error }) => (
        <>
          {delivered_at ? timeOf(delivered_at, timezone) : t('exports.notYet')}
          {error && <div className={text.error}>{error}</div>}
        </>
      ),
      value: ({ delivered_at }) => delivered_at,
    },
    {
      id: 'due',
      title: t('exports.column.due'),
      width: 160,
      cell: ({ due_at, timezone }) => timeOf(due_at, timezone),
      value: ({ due_at }) => due_at,
    },
    {
      id: 'do',
      title: t('exports.column.cancel'),
      width: 230,
      cell: (schedule) => <Actions schedule={schedule} name={titleOf(schedule)} />,
      value: () => null,
    },
  ];
}

function Actions({ schedule, name }: { schedule: Schedule; name: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const params = { path: { schedule_id: schedule.id } };
  const refresh = () => client.invalidateQueries({ queryKey: schedulesQuery.queryKey });
  const run = useMutation({
    mutationFn: () => send('post', `${SCHEDULE}/run`, { params }),
    onSettled: refresh,
  });
  const end = useMutation({
    mutationFn: () => send('delete', SCHEDULE, { params }),
    onSettled: refresh,
  });
  return (
    <div className={record.buttons}>
      <Button
        size="md"
        variant="default"
        loading={run.isPending}
        aria-label={t('exports.runOf', { name })}
        onClick={() => run.mutate()}
      >
        {t(run.isSuccess ? 'exports.sent' : 'exports.run')}
      </Button>
      <Button
        size="md"
        variant="default"
        loading={end.isPending}
        aria-label={t('exports.endOf', { name })}
        onClick={() => end.mutate()}
      >
        {t('exports.end')}
      </Button>
      <Refused error={run.error ?? end.error} />
    </div>
  );
}
