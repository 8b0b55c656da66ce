import { Button, Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatClock } from '../../format/time';
import { useLanguage } from '../../i18n';
import { ErrorCard } from '../ErrorCard';
import layout from '../layout.module.css';
import { useProblemText } from '../problem';
import styles from './page.module.css';
import { ReadAt } from './readAt';

type Props<T> = {
  query: UseQueryResult<T, Error>;
  /** Of what comes, in pixels, so that nothing jumps when it does. */
  height: number;
  children: (data: T) => ReactNode;
};

/**
 * A part of a screen that waits for an answer: a skeleton before it, its error in place with a way to
 * try again, and what was known before, dimmed and with its time, while a newer answer fails.
 */
export function Loaded<T>({ query, height, children }: Props<T>) {
  const { t } = useTranslation();
  const retry = () => void query.refetch();
  if (query.data !== undefined) {
    const known = <ReadAt value={query.dataUpdatedAt}>{children(query.data)}</ReadAt>;
    return query.isError ? (
      <Stale error={query.error} at={query.dataUpdatedAt} onRetry={retry}>
        {known}
      </Stale>
    ) : (
      known
    );
  }
  if (query.isError) return <ErrorCard error={query.error} onRetry={retry} />;
  return <Skeleton h={height} radius="md" role="status" aria-label={t('loading')} />;
}

type StaleProps = { error: Error; at: number; onRetry: () => void; children: ReactNode };

function Stale({ error, at, onRetry, children }: StaleProps) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const time = formatClock(new Date(at).toISOString(), useLanguage());
  return (
    <div className={layout.stack}>
      <div className={styles.stale} role="alert">
        <span>
          {problemText(error)} {t('stale.asOf', { time })}
        </span>
        <Button variant="default" size="md" onClick={onRetry}>
          {t('error.retry')}
        </Button>
      </div>
      <div className={`${styles.old} ${layout.stack}`}>{children}</div>
    </div>
  );
}
