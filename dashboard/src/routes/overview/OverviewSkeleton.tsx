import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';

const CARDS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** As tall as what comes, so that nothing jumps when it does. */
export function OverviewSkeleton() {
  const { t } = useTranslation();
  return (
    <div className="overview" role="status" aria-label={t('loading')}>
      <div className="figures" data-columns={CARDS.length}>
        {CARDS.map((card) => (
          <Skeleton key={card} className="figure-skeleton" />
        ))}
      </div>
      <Skeleton h={348} />
      <div className="overview-columns">
        <Skeleton h={420} />
        <Skeleton h={420} />
      </div>
    </div>
  );
}
