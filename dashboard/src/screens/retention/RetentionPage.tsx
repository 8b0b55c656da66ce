import { Card, NativeSelect } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Formulas } from '../../parts/figures/Formulas';
import { VariantSwitch } from '../../parts/figures/VariantSwitch';
import { OneShopPage } from '../../parts/shops/OneShopPage';
import layout from '../../ui/layout.module.css';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { Filters } from '../../ui/table/Filters';
import text from '../../ui/text.module.css';
import { useNow } from '../../view/useNow';
import { useScreenSearch } from '../../view/useScreenSearch';
import { CohortTable } from './CohortTable';
import { METRICS } from './metrics';
import { cohortsQuery, daysOfCohorts } from './queries';
import {
  COUNTS,
  GRAINS,
  type Grain,
  MEASURES,
  type Measure,
  parseRetentionSearch,
  type RetentionSearch,
} from './search';

type Change = (part: Partial<RetentionSearch>) => void;
type Props = { shop: Shop; search: RetentionSearch; change: Change };

/** Who came in which week, and what became of them. */
export function RetentionPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseRetentionSearch);
  return (
    <OneShopPage
      title={t('retention.title')}
      chosen={search.shop}
      onChoose={(shop) => change({ shop })}
    >
      {(shop) => <Cohorts shop={shop} search={search} change={change} />}
    </OneShopPage>
  );
}

function Cohorts({ shop, search, change }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const now = useNow();
  const grain = search.grain ?? 'week';
  const measure = search.measure ?? 'retention';
  const days = daysOfCohorts(Number(search.count ?? 12), grain, shop.timezone, now);
  const query = useQuery({
    ...cohortsQuery(shop.id, days, grain, search.clean ?? false),
    placeholderData: keepPreviousData,
  });
  const day = dateFormat(language, { timeZone: 'UTC', dateStyle: 'medium' });
  return (
    <div className={layout.stack}>
      <Choices search={search} change={change} />
      <Loaded query={query} height={420}>
        {(answer) =>
          answer.cohorts.length === 0 ? (
            <Empty title={t('retention.none')} what={t('retention.noneWhat')} />
          ) : (
            <>
              <Card withBorder component="section" aria-labelledby="retention-table">
                <h2 className={text.h2} id="retention-table">
                  {t(`retention.measure.${measure}`)}
                </h2>
                <p className={text.note}>{t(`retention.what.${measure}`)}</p>
                <CohortTable answer={answer} measure={measure} />
              </Card>
              <Formulas
                metrics={METRICS}
                asOf={answer.as_of}
                note={t('retention.until', {
                  day: day.format(new Date(answer.until)),
                  zone: answer.timezone,
                })}
                rows={{ table: 'cohort_day', ...days, shops: [shop.id] }}
              />
            </>
          )
        }
      </Loaded>
    </div>
  );
}

function Choices({ search, change }: { search: RetentionSearch; change: Change }) {
  const { t } = useTranslation();
  return (
    <Filters>
      <NativeSelect
        size="md"
        aria-label={t('retention.measureLabel')}
        value={search.measure ?? 'retention'}
        data={MEASURES.map((value) => ({ value, label: t(`retention.measure.${value}`) }))}
        onChange={({ currentTarget }) => change({ measure: currentTarget.value as Measure })}
      />
      <NativeSelect
        size="md"
        aria-label={t('retention.grainLabel')}
        value={search.grain ?? 'week'}
        data={GRAINS.map((value) => ({ value, label: t(`retention.grain.${value}`) }))}
        onChange={({ currentTarget }) => change({ grain: currentTarget.value as Grain })}
      />
      <NativeSelect
        size="md"
        aria-label={t('retention.countLabel')}
        value={search.count ?? '12'}
        data={COUNTS.map((value) => ({
          value,
          label: t('retention.count', { count: Number(value) }),
        }))}
        onChange={({ currentTarget }) =>
          change({ count: currentTarget.value as RetentionSearch['count'] })
        }
      />
      <VariantSwitch isClean={search.clean ?? false} onChange={(clean) => change({ clean })} />
    </Filters>
  );
}
