import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Cell } from './columns';
import { saveCsv } from './saveCsv';

type Props = { label: string; cells: () => readonly (readonly Cell[])[] };

/** The file of exactly what a small table shows. */
export function SaveButton({ label, cells }: Props) {
  const { t } = useTranslation();
  return (
    <Button
      variant="default"
      size="md"
      leftSection={<IconDownload size={16} aria-hidden="true" />}
      aria-label={t('table.save', { label })}
      onClick={() => saveCsv(label, cells())}
    >
      CSV
    </Button>
  );
}
