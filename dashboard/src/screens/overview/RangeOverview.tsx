import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { meQuery, shopsQuery } from '../../api/queries';
import { deviceTimeZone, formatDays } from '../../format/time';
import { useLanguage } from '../../i18n';
import { NeedsYou } from '../../parts/attention/NeedsYou';
import { Formulas } from '../../parts/figures/Formulas';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import { useNow } from '../../view/useNow';
import { daysOf, type View } from '../../view/view';
import { Downloads } from './Downloads';
import { FigureCards } from './FigureCards';
import { FigureChart } from './FigureChart';
import { METRICS } from './metrics';
import { figuresOf, rangeQuery } from './range';
import { StatusStrip } from './StatusStrip';
import { Tops } from './Tops';

/** The overview of any days, compared with any others: asked for, not pushed. */
export function RangeOverview({ view }: { view: View }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { data: shops } = useQuery(shopsQuery);
  const { data: me } = useQuery(meQuery);
  const now = useNow();
  const zones = new Set(shops?.map(({ timezone }) => timezone));
  const [zone = deviceTimeZone()] = zones.size === 1 ? zones : [];
  const query = rangeQuery(view, zone, now, language);
  const answer = useQuery({ ...query, enabled: !!shops, placeholderData: keepPreviousData });
  const days = formatDays(daysOf(view, zone, now), language);
  return (
    <Page title={t('overview.title')} status={days}>
      <Loaded query={answer} height={640}>
        {(data) => {
          const figures = figuresOf(data);
          const inView = shops?.filter(({ id }) => data.shops.includes(id)) ?? [];
          const { comparison } = data;
          const note = comparison
            ? t('comparison.days', {
                days: formatDays({ from: comparison.first, to: comparison.last }, language),
              })
            : t('comparison.none');
          return (
            <>
              <StatusStrip shops={inView} freshness={data.freshness} asOf={data.as_of} />
              <FigureCards figures={figures} note={note} />
              <NeedsYou shops={inView} mayDismiss={me?.role === 'owner'} />
              <FigureChart figures={figures} />
              <Tops view={view} zone={zone} now={now} />
              <Downloads overview={data} view={view} shopCount={data.shops.length} />
              <Formulas metrics={METRICS} asOf={data.as_of} note={t('overview.howCounted')} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
