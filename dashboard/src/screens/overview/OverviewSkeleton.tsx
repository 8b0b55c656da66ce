import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import layout from '../../ui/layout.module.css';
import styles from './overview.module.css';

const CARDS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** As tall as what comes, so that nothing jumps when it does. */
export function OverviewSkeleton() {
  const { t } = useTranslation();
  return (
    <div className={layout.stack} role="status" aria-label={t('loading')}>
      <div className={styles.figures} data-columns={CARDS.length}>
        {CARDS.map((card) => (
          <Skeleton key={card} className={styles.skeleton} />
        ))}
      </div>
      <Skeleton h={348} />
      <div className={layout.columns}>
        <Skeleton h={420} />
        <Skeleton h={420} />
      </div>
    </div>
  );
}
