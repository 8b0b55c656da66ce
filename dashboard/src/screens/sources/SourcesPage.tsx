import { NativeSelect, Switch } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { meQuery } from '../../api/queries';
import { Formulas } from '../../parts/figures/Formulas';
import { VariantSwitch } from '../../parts/figures/VariantSwitch';
import { OneShopPage } from '../../parts/shops/OneShopPage';
import { ErrorCard } from '../../ui/ErrorCard';
import layout from '../../ui/layout.module.css';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { DataTable } from '../../ui/table/DataTable';
import { Filters } from '../../ui/table/Filters';
import { pagesOf } from '../../ui/table/pages';
import { SearchField } from '../../ui/table/SearchField';
import { useNow } from '../../view/useNow';
import { useScreenSearch } from '../../view/useScreenSearch';
import { useView } from '../../view/useView';
import { daysOf } from '../../view/view';
import { useColumns } from './columns';
import { ImportCosts } from './ImportCosts';
import { metricsOf } from './metrics';
import { NewLink } from './NewLink';
import { figuresQuery, rowsOf, sourcesQuery } from './queries';
import { SourcePanel } from './SourcePanel';
import { parseSourcesSearch, type SourcesSearch, TOUCHES, type Touch } from './search';

type Change = (part: Partial<SourcesSearch>, options?: { push?: boolean }) => void;
type Props = { shop: Shop; search: SourcesSearch; change: Change };

/** Links into a shop: where people come from, what they bring and what it costs. */
export function SourcesPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseSourcesSearch);
  return (
    <OneShopPage
      title={t('sources.title')}
      chosen={search.shop}
      onChoose={(shop) => change({ shop, source: undefined })}
    >
      {(shop) => <Links shop={shop} search={search} change={change} />}
    </OneShopPage>
  );
}

function Links({ shop, search, change }: Props) {
  const { t } = useTranslation();
  const { view } = useView();
  const { data: me } = useQuery(meQuery);
  const now = useNow();
  const days = daysOf(view, shop.timezone, now);
  const list = useInfiniteQuery(sourcesQuery(shop.id, search));
  const figures = useQuery({
    ...figuresQuery(shop.id, days, search),
    placeholderData: keepPreviousData,
  });
  const columns = useColumns(shop.currency);
  const isOwner = me?.role === 'owner';
  return (
    <div className={layout.stack}>
      {isOwner && (
        <div className={layout.actions}>
          <NewLink shop={shop} onMade={(source) => change({ source }, { push: true })} />
          <ImportCosts shop={shop} />
        </div>
      )}
      <Narrowing search={search} change={change} />
      {figures.isError && (
        <ErrorCard error={figures.error} onRetry={() => void figures.refetch()} />
      )}
      <Loaded query={list} height={480}>
        {({ pages }) => (
          <DataTable
            label={t('sources.title')}
            columns={columns.list}
            rows={rowsOf(
              pages.flatMap(({ sources }) => sources),
              figures.data,
            )}
            keyOf={({ id }) => id}
            nameOf={columns.nameOf}
            onOpen={({ id, source }) => source && change({ source: id }, { push: true })}
            {...pagesOf(list)}
            empty={<Empty title={t('sources.none')} what={t('sources.noneWhat')} />}
          />
        )}
      </Loaded>
      <Formulas
        metrics={metricsOf(search.touch ?? 'first')}
        asOf={figures.data?.as_of}
        note={t(search.touch && search.touch !== 'first' ? 'sources.daysByHour' : 'sources.days', {
          zone: shop.timezone,
        })}
        rows={{ table: 'source_day', ...days, shops: [shop.id] }}
      />
      <SourcePanel
        shop={shop}
        sourceId={search.source}
        mayChange={isOwner}
        onClose={() => change({ source: undefined })}
      />
    </div>
  );
}

function Narrowing({ search, change }: { search: SourcesSearch; change: Change }) {
  const { t } = useTranslation();
  return (
    <Filters>
      <SearchField
        label={t('sources.search')}
        value={search.words}
        onFind={(words) => change({ words })}
      />
      <NativeSelect
        size="md"
        aria-label={t('sources.touchLabel')}
        value={search.touch ?? 'first'}
        data={TOUCHES.map((value) => ({ value, label: t(`sources.touch.${value}`) }))}
        onChange={({ currentTarget }) => change({ touch: currentTarget.value as Touch })}
      />
      <Switch
        size="md"
        label={t('sources.archived')}
        checked={search.archived ?? false}
        onChange={({ currentTarget }) => change({ archived: currentTarget.checked || undefined })}
      />
      <VariantSwitch isClean={search.clean ?? false} onChange={(clean) => change({ clean })} />
    </Filters>
  );
}
