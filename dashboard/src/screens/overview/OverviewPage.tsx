import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { startTransition, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Overview, Period, Shop } from '../../api/model';
import { overviewQuery } from '../../api/overview';
import { meQuery, shopsQuery } from '../../api/queries';
import { deviceTimeZone } from '../../format/time';
import { useLanguage } from '../../i18n';
import type { ShownStatus } from '../../live/stream';
import { useLive } from '../../live/useLive';
import { NeedsYou } from '../../parts/attention/NeedsYou';
import { Formulas } from '../../parts/figures/Formulas';
import { ErrorCard } from '../../ui/ErrorCard';
import layout from '../../ui/layout.module.css';
import { Page } from '../../ui/page/Page';
import { useView } from '../../view/useView';
import type { View } from '../../view/view';
import { isNew, isWithoutSales, visitorsOf } from './cards';
import { Downloads } from './Downloads';
import { Feed } from './Feed';
import { FigureCards } from './FigureCards';
import { FigureChart } from './FigureChart';
import { FirstSteps } from './FirstSteps';
import { Funnel } from './Funnel';
import { LivePill } from './LivePill';
import { METRICS } from './metrics';
import { OverviewSkeleton } from './OverviewSkeleton';
import styles from './overview.module.css';
import { RangeOverview } from './RangeOverview';
import { figuresOf, figuresOfOverview, livePeriod, rangeQuery } from './range';
import { StatusStrip } from './StatusStrip';
import { Tops } from './Tops';

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

/** What the chart's line is held against: over and done, so asked for once, not pushed. */
function useBefore(overview: Overview, view: View) {
  const language = useLanguage();
  // Of the moment only its day counts: the question changes at midnight, not with each push.
  const now = new Date(overview.as_of);
  const zone = overview.timezone ?? deviceTimeZone();
  const isWanted = !isNew(overview);
  const answer = useQuery({ ...rangeQuery(view, zone, now, language), enabled: isWanted });
  const before = useMemo(() => answer.data && figuresOf(answer.data).before, [answer.data]);
  return { zone, now, before };
}

let wasDrawn = false;

/** Whether what lies below the first screenful is drawn: at first in a step of its own, so that the
 * figures need not wait for it. */
function useBelow(): boolean {
  const [isDrawn, setDrawn] = useState(wasDrawn);
  useEffect(() => {
    wasDrawn = true;
    startTransition(() => setDrawn(true));
  }, []);
  return isDrawn;
}

type PartsProps = { overview: Overview; shops: Shop[] | undefined; view: View };

function Parts({ overview, shops, view }: PartsProps) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const known = shops ?? [];
  const inView = known.filter(({ id }) => overview.shops.includes(id));
  const needs = <NeedsYou shops={inView} mayDismiss={me?.role === 'owner'} />;
  const visitors = visitorsOf(overview);
  const { zone, now, before } = useBefore(overview, view);
  const isBelow = useBelow();
  if (isNew(overview) || (isWithoutSales(overview) && visitors === 0))
    return (
      <>
        {needs}
        <FirstSteps shops={inView} visitors={0} />
      </>
    );
  const figures = figuresOfOverview(overview, before);
  return (
    <>
      <StatusStrip shops={inView} freshness={overview.freshness} asOf={overview.as_of} />
      {isWithoutSales(overview) && <FirstSteps shops={inView} visitors={visitors} />}
      <FigureCards figures={figures} note={t(`comparison.${overview.period}`)} />
      {needs}
      <FigureChart figures={figures} />
      {isBelow && (
        <>
          <Tops view={view} zone={zone} now={now} />
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
          <Formulas metrics={METRICS} asOf={overview.as_of} note={t('overview.howCounted')} />
        </>
      )}
    </>
  );
}
