import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Overview, Period, Shop } from '../../api/model';
import { overviewQuery } from '../../api/overview';
import { meQuery, shopsQuery } from '../../api/queries';
import type { ShownStatus } from '../../live/stream';
import { useLive } from '../../live/useLive';
import { NeedsYou } from '../../parts/attention/NeedsYou';
import { ErrorCard } from '../../ui/ErrorCard';
import layout from '../../ui/layout.module.css';
import { Page } from '../../ui/page/Page';
import { useView } from '../../view/useView';
import type { View } from '../../view/view';
import { isNew, isVisited, isWithoutSales } from './cards';
import { Downloads } from './Downloads';
import { Feed } from './Feed';
import { FigureCards } from './FigureCards';
import { FigureChart } from './FigureChart';
import { FirstSteps } from './FirstSteps';
import { FreshnessLine } from './FreshnessLine';
import { Funnel } from './Funnel';
import { LivePill } from './LivePill';
import { OverviewSkeleton } from './OverviewSkeleton';
import styles from './overview.module.css';
import { RangeOverview } from './RangeOverview';
import { figuresOfOverview, livePeriod } from './range';

/** While the figures stand still, and nobody has asked for that. */
const LOST: ReadonlySet<ShownStatus> = new Set(['reconnecting', 'offline', 'ended', 'away']);

/** Today, 7 and 30 days are pushed by the server; any other days are asked for. */
export function OverviewPage() {
  const { view } = useView();
  const period = livePeriod(view);
  return period ? <LiveOverview view={view} period={period} /> : <RangeOverview view={view} />;
}

function LiveOverview({ view, period }: { view: View; period: Period }) {
  const { t } = useTranslation();
  const live = { shops: view.shops, period };
  const status = useLive(live);
  const shops = useQuery(shopsQuery);
  const overview = useQuery({ ...overviewQuery(live), placeholderData: keepPreviousData });
  const lost = LOST.has(status);
  const stale = lost || overview.isPlaceholderData || (overview.isError && !!overview.data);
  const pill = (
    <LivePill status={status} asOf={overview.data?.as_of} timeZone={overview.data?.timezone} />
  );
  return (
    <Page title={t('overview.title')} status={pill}>
      {overview.isError && (
        <ErrorCard error={overview.error} onRetry={() => void overview.refetch()} />
      )}
      {overview.isPending && <OverviewSkeleton />}
      {overview.data && (
        <div
          className={stale ? `${layout.stack} ${styles.stale}` : layout.stack}
          data-stale={stale || undefined}
          aria-busy={overview.isFetching}
        >
          <Parts overview={overview.data} shops={shops.data} view={view} />
        </div>
      )}
    </Page>
  );
}

type PartsProps = { overview: Overview; shops: Shop[] | undefined; view: View };

function Parts({ overview, shops, view }: PartsProps) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const known = shops ?? [];
  const inView = known.filter(({ id }) => overview.shops.includes(id));
  const needs = <NeedsYou shops={inView} mayDismiss={me?.role === 'owner'} />;
  const visited = isVisited(overview);
  if (isNew(overview) || (isWithoutSales(overview) && !visited))
    return (
      <>
        {needs}
        <FirstSteps shops={inView} visited={false} />
      </>
    );
  const figures = figuresOfOverview(overview);
  return (
    <>
      {isWithoutSales(overview) && <FirstSteps shops={inView} visited={visited} />}
      <FigureCards figures={figures} note={t(`comparison.${overview.period}`)} />
      {needs}
      <FigureChart figures={figures} />
      <div className={layout.columns}>
        <Feed overview={overview} shops={inView} />
        <Funnel steps={overview.funnel} />
      </div>
      {/* How many shops are in the file is the answer's to say, not the list's, which may fail. */}
      <Downloads
        overview={overview}
        view={view}
        shopCount={overview.shops.length}
        zones={inView.map(({ timezone }) => timezone)}
      />
      <FreshnessLine freshness={overview.freshness} asOf={overview.as_of} />
    </>
  );
}
