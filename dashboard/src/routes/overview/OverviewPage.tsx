import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { View } from '../../api/client';
import type { Overview, Shop } from '../../api/contract';
import { overviewQuery, shopsQuery } from '../../api/queries';
import { useLive } from '../../live/useLive';
import { ErrorCard } from '../../ui/ErrorCard';
import { isNew, isWithoutSales } from './cards';
import { Downloads } from './Downloads';
import { Feed } from './Feed';
import { FigureCards } from './FigureCards';
import { FigureChart } from './FigureChart';
import { FirstSteps } from './FirstSteps';
import { FreshnessLine } from './FreshnessLine';
import { Funnel } from './Funnel';
import { LivePill } from './LivePill';
import { OverviewSkeleton } from './OverviewSkeleton';
import { PeriodSwitch } from './PeriodSwitch';
import { ShopSwitcher } from './ShopSwitcher';

const route = getRouteApi('/shell/');

export function OverviewPage() {
  const { t } = useTranslation();
  const { shops: chosen = [], period = 'today' } = route.useSearch();
  const view: View = { shops: chosen, period };
  const status = useLive(view);
  const shops = useQuery(shopsQuery);
  const overview = useQuery({ ...overviewQuery(view), placeholderData: keepPreviousData });

  const lost = status === 'reconnecting' || status === 'offline' || status === 'ended';
  const stale = lost || overview.isPlaceholderData || (overview.isError && !!overview.data);
  return (
    <>
      <div className="page-head">
        <div className="page-title">
          <h1 className="h1">{t('overview.title')}</h1>
          <LivePill
            status={status}
            asOf={overview.data?.as_of}
            timeZone={overview.data?.timezone}
          />
        </div>
        <div className="page-controls">
          <ShopSwitcher shops={shops} chosen={chosen} />
          <PeriodSwitch period={period} />
        </div>
      </div>
      {overview.isError && (
        <ErrorCard error={overview.error} onRetry={() => void overview.refetch()} />
      )}
      {overview.isPending && <OverviewSkeleton />}
      {overview.data && (
        <div className={stale ? 'overview stale' : 'overview'} aria-busy={overview.isFetching}>
          <Figures overview={overview.data} shops={shops.data ?? []} view={view} />
        </div>
      )}
    </>
  );
}

type FiguresProps = { overview: Overview; shops: Shop[]; view: View };

function Figures({ overview, shops, view }: FiguresProps) {
  const inView = shops.filter(({ id }) => overview.shops.includes(id));
  if (isNew(overview)) return <FirstSteps shops={inView} visited={false} />;
  return (
    <>
      {isWithoutSales(overview) && <FirstSteps shops={inView} visited />}
      <FigureCards overview={overview} />
      <FigureChart overview={overview} />
      <div className="overview-columns">
        <Funnel steps={overview.funnel} />
        <Feed overview={overview} shops={inView} />
      </div>
      <Downloads overview={overview} view={view} shopCount={inView.length} />
      <FreshnessLine freshness={overview.freshness} asOf={overview.as_of} />
    </>
  );
}
