import { useTranslation } from 'react-i18next';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Empty } from '../../ui/page/Empty';
import { type Column, DataTable } from '../../ui/table/DataTable';
import type { SentReport } from './queries';

type Props = {
  reports: readonly SentReport[];
  timeZone: string;
  asOf: number;
  onOpen: (report: number) => void;
};

/** What was sent, the newest first; each opens with its picture. */
export function Reports({ reports, timeZone, asOf, onOpen }: Props) {
  const { t } = useTranslation();
  const moment = dateFormat(useLanguage(), { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  const at = ({ told_at }: SentReport) => moment.format(new Date(told_at));
  const kind = (report: SentReport) => t(`digest.kind.${report.kind}`);
  const columns: Column<SentReport>[] = [
    {
      id: 'kind',
      title: t('digest.column.kind'),
      width: 160,
      cell: (report) => <b>{kind(report)}</b>,
      value: kind,
      onPhone: 'title',
    },
    {
      id: 'at',
      title: t('digest.column.at'),
      width: 180,
      cell: (report) => <time dateTime={report.told_at}>{at(report)}</time>,
      value: ({ told_at }) => told_at,
    },
    {
      id: 'text',
      title: t('digest.column.text'),
      width: 320,
      // Its second line: the first only says which day it is about.
      cell: ({ text }) => text.split('\n').find((line, index) => line && index > 0) ?? text,
      value: ({ text }) => text,
    },
    {
      id: 'chats',
      title: t('digest.column.chats'),
      width: 80,
      isNumber: true,
      cell: ({ chats }) => chats,
      value: ({ chats }) => chats,
    },
  ];
  return (
    <DataTable
      label={t('digest.title')}
      columns={columns}
      rows={reports}
      keyOf={({ id }) => id}
      nameOf={(report) => t('digest.row', { kind: kind(report), at: at(report) })}
      onOpen={({ id }) => onOpen(id)}
      asOf={asOf}
      empty={<Empty title={t('digest.none')} what={t('digest.noneWhat')} />}
    />
  );
}
