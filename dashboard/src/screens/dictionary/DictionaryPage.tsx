import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '../../i18n';
import { dictionaryQuery, keyOfMetric } from '../../parts/figures/queries';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import { DataTable } from '../../ui/table/DataTable';
import { Filters } from '../../ui/table/Filters';
import { SearchField } from '../../ui/table/SearchField';
import { useScreenSearch } from '../../view/useScreenSearch';
import { useEventColumns, useMetricColumns } from './columns';
import { eventsQuery, found, textOfEvent, textOfMetric } from './queries';
import { PARTS, type Part, parseDictionarySearch } from './search';

/** What every figure means and how it is counted; what every event is and who sends it. */
export function DictionaryPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseDictionarySearch);
  const part = search.part ?? 'metrics';
  return (
    <Page title={t('dictionary.title')}>
      <Filters>
        <SegmentedControl
          size="md"
          aria-label={t('dictionary.part')}
          value={part}
          data={PARTS.map((value) => ({ value, label: t(`dictionary.${value}`) }))}
          onChange={(value) => change({ part: value as Part })}
        />
        <SearchField
          key={search.words ?? ''}
          label={t('dictionary.search')}
          value={search.words}
          onFind={(words) => change({ words })}
        />
      </Filters>
      {part === 'metrics' ? <Metrics words={search.words} /> : <Events words={search.words} />}
    </Page>
  );
}

function Metrics({ words }: { words: string | undefined }) {
  const { t } = useTranslation();
  const query = useQuery(dictionaryQuery(useLanguage()));
  const columns = useMetricColumns();
  return (
    <Loaded query={query} height={640}>
      {(metrics) => (
        <DataTable
          label={t('dictionary.metrics')}
          columns={columns}
          rows={found(metrics, words, textOfMetric)}
          keyOf={keyOfMetric}
          empty={<Empty title={t('dictionary.none')} what={t('dictionary.noneWhat')} />}
        />
      )}
    </Loaded>
  );
}

function Events({ words }: { words: string | undefined }) {
  const { t } = useTranslation();
  const query = useQuery(eventsQuery(useLanguage()));
  const columns = useEventColumns();
  return (
    <Loaded query={query} height={640}>
      {(events) => (
        <DataTable
          label={t('dictionary.events')}
          columns={columns}
          rows={found(events, words, textOfEvent)}
          keyOf={({ name, version }) => `${name} ${version}`}
          empty={<Empty title={t('dictionary.none')} what={t('dictionary.noneWhat')} />}
        />
      )}
    </Loaded>
  );
}
