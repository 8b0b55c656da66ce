import { Card, Checkbox, NativeSelect } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { formatDays } from '../../format/time';
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
import { useView } from '../../view/useView';
import { daysOf } from '../../view/view';
import styles from './funnel.module.css';
import { METRICS } from './metrics';
import { PartsTable } from './PartsTable';
import { funnelQuery } from './queries';
import { StepBars } from './StepBars';
import {
  type FunnelSearch,
  KEYS,
  type Key,
  parseFunnelSearch,
  type Step,
  stepsOf,
  WITHIN,
} from './search';

type Change = (part: Partial<FunnelSearch>) => void;
type Props = { shop: Shop; search: FunnelSearch; change: Change };

/** How far people come, by steps of one's choice. */
export function FunnelPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseFunnelSearch);
  return (
    <OneShopPage
      title={t('funnelScreen.title')}
      chosen={search.shop}
      onChoose={(shop) => change({ shop })}
    >
      {(shop) => <Steps shop={shop} search={search} change={change} />}
    </OneShopPage>
  );
}

function Steps({ shop, search, change }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { view } = useView();
  const now = useNow();
  const days = daysOf(view, shop.timezone, now);
  const query = useQuery({
    ...funnelQuery(shop.id, days, search),
    placeholderData: keepPreviousData,
  });
  return (
    <div className={layout.stack}>
      <Builder search={search} change={change} />
      <Loaded query={query} height={420}>
        {(answer) => (
          <>
            {answer.steps[0]?.users ? (
              <Card withBorder component="section" aria-labelledby="funnel-whole">
                <h2 className={text.h2} id="funnel-whole">
                  {t('funnelScreen.whole', {
                    days: formatDays({ from: answer.first, to: answer.last }, language),
                  })}
                </h2>
                <StepBars steps={answer.steps} />
                {!answer.is_over && <p className={text.note}>{t('funnelScreen.notOver')}</p>}
                {answer.by === 'product' && (
                  <p className={text.note}>{t('funnelScreen.byProduct')}</p>
                )}
              </Card>
            ) : (
              <Empty title={t('funnelScreen.none')} what={t('funnelScreen.noneWhat')} />
            )}
            {answer.by && answer.parts.length > 0 && (
              <PartsTable answer={answer} asOf={query.dataUpdatedAt} shop={shop} />
            )}
            <Formulas
              metrics={METRICS}
              asOf={answer.as_of}
              note={t('funnelScreen.how', {
                count: answer.within_days,
                zone: answer.timezone,
              })}
              rows={{ table: 'events', ...days, shops: [shop.id] }}
            />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Builder({ search, change }: { search: FunnelSearch; change: Change }) {
  const { t } = useTranslation();
  const { known, chosen } = stepsOf(search);
  return (
    <>
      <Checkbox.Group
        label={t('funnelScreen.steps')}
        value={chosen}
        onChange={(steps) => change({ steps: steps as Step[] })}
      >
        <div className={styles.steps}>
          {known.map((step) => (
            <Checkbox
              key={step}
              value={step}
              label={t(`funnelScreen.step.${step}`)}
              // A funnel of fewer than two steps is none.
              disabled={chosen.length === 2 && chosen.includes(step)}
            />
          ))}
        </div>
      </Checkbox.Group>
      <Filters>
        <NativeSelect
          size="md"
          aria-label={t('funnelScreen.withinLabel')}
          value={search.within ?? '7'}
          data={WITHIN.map((value) => ({
            value,
            label: t('funnelScreen.within', { count: Number(value) }),
          }))}
          onChange={({ currentTarget }) =>
            change({ within: currentTarget.value as FunnelSearch['within'] })
          }
        />
        <NativeSelect
          size="md"
          aria-label={t('funnelScreen.byLabel')}
          value={search.by ?? ''}
          data={[
            { value: '', label: t('funnelScreen.byNothing') },
            ...KEYS.map((value) => ({ value, label: t(`funnelScreen.by.${value}`) })),
          ]}
          onChange={({ currentTarget }) =>
            change({ by: (currentTarget.value || undefined) as Key | undefined })
          }
        />
        <VariantSwitch isClean={search.clean ?? false} onChange={(clean) => change({ clean })} />
      </Filters>
    </>
  );
}
