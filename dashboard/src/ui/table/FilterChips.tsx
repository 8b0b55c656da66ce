import { Button } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import styles from './dataTable.module.css';

export type Filter = { key: string; name: string; onDrop: () => void };

/** What a table is narrowed to, each with a press that drops it; nothing where nothing is. */
export function FilterChips({ filters }: { filters: readonly Filter[] }) {
  const { t } = useTranslation();
  if (filters.length === 0) return null;
  return (
    <ul className={styles.chips} aria-label={t('table.filters')}>
      {filters.map(({ key, name, onDrop }) => (
        <li key={key}>
          <Button
            variant="light"
            size="md"
            rightSection={<IconX size={16} aria-hidden="true" />}
            aria-label={t('table.drop', { name })}
            onClick={onDrop}
          >
            {name}
          </Button>
        </li>
      ))}
    </ul>
  );
}
