import { Button } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './dataTable.module.css';

export type Filter = { key: string; name: string; onDrop: () => void };

const KEEPS_ESCAPE = 'input, textarea, select, [contenteditable], [role="dialog"]';

/** Esc drops all of them, unless something else is to be left by it. */
function useEscape(filters: readonly Filter[]): void {
  const latest = useRef(filters);
  latest.current = filters;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      if ((event.target as HTMLElement).closest?.(KEEPS_ESCAPE)) return;
      if (document.querySelector('[role="dialog"]')) return;
      for (const { onDrop } of latest.current) onDrop();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

/** What a table is narrowed to, each with a press that drops it; nothing where nothing is. */
export function FilterChips({ filters }: { filters: readonly Filter[] }) {
  const { t } = useTranslation();
  useEscape(filters);
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
