import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { components } from '../../api/schema';
import { formatBytes } from '../../format/bytes';
import { formatCount, NONE } from '../../format/money';
import { formatDays } from '../../format/time';
import { useLanguage } from '../../i18n';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { FileButton } from '../../ui/file/FileLink';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { fileOfJob, isUnderWay, manifestQuery } from './queries';

type File = components['schemas']['JobFile'];

/** The files of an export, each as soon as it is written. */
export function JobPanel({
  exportId,
  onClose,
}: {
  exportId: string | undefined;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <SidePanel isOpen={exportId !== undefined} onClose={onClose} title={t('exports.files')}>
      {exportId !== undefined && <Files key={exportId} exportId={exportId} />}
    </SidePanel>
  );
}

function Files({ exportId }: { exportId: string }) {
  const { t } = useTranslation();
  const columns = useColumns(exportId);
  const query = useQuery({
    ...manifestQuery(exportId),
    refetchInterval: ({ state }) => (state.data && isUnderWay(state.data.job) ? 2000 : false),
  });
  return (
    <Loaded query={query} height={240}>
      {({ files }) => (
        <DataTable
          label={t('exports.files')}
          columns={columns}
          rows={files}
          keyOf={({ part }) => part}
          asOf={query.dataUpdatedAt}
          empty={<Empty title={t('exports.noFiles')} what={t('exports.noFilesWhat')} />}
        />
      )}
    </Loaded>
  );
}

function useColumns(exportId: string): Column<File>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const nameOf = ({ day }: File) =>
    day ? formatDays({ from: day, to: day }, language) : t('exports.allDays');
  return [
    {
      id: 'day',
      title: t('exports.column.day'),
      width: 120,
      cell: (file) => <b>{nameOf(file)}</b>,
      value: ({ day }) => day,
      onPhone: 'title',
    },
    {
      id: 'rows',
      title: t('exports.column.rows'),
      width: 90,
      isNumber: true,
      cell: ({ rows }) => formatCount(rows, language),
      value: ({ rows }) => rows,
    },
    {
      id: 'size',
      title: t('exports.column.size'),
      width: 90,
      isNumber: true,
      cell: ({ size_bytes }) => formatBytes(size_bytes, language),
      value: ({ size_bytes }) => size_bytes,
    },
    {
      id: 'file',
      title: t('exports.column.file'),
      width: 150,
      cell: (file) =>
        file.name ? (
          <FileButton
            href={fileOfJob(exportId, file.part)}
            name={file.name}
            aria-label={t('exports.take', { what: nameOf(file) })}
          >
            {t('exports.takeShort')}
          </FileButton>
        ) : (
          NONE
        ),
      value: ({ name }) => name,
    },
  ];
}
