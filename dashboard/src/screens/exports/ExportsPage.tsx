import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../../api/queries';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import { useScreenSearch } from '../../view/useScreenSearch';
import { JobPanel } from './JobPanel';
import { Jobs } from './Jobs';
import { OrderCard } from './OrderCard';
import { tablesQuery } from './queries';
import { Schedules } from './Schedules';
import { parseExportsSearch } from './search';

/** Any table as a file: at once, in the background, or by itself every week. */
export function ExportsPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseExportsSearch);
  const { data: me } = useQuery(meQuery);
  const tables = useQuery(tablesQuery);
  return (
    <Page title={t('exports.title')}>
      <Loaded query={tables} height={320}>
        {(known) => (
          <>
            <OrderCard tables={known} search={search} change={change} />
            <Jobs tables={known} onOpen={(job) => change({ job }, { push: true })} />
            {me?.role === 'owner' && <Schedules tables={known} search={search} />}
            <JobPanel exportId={search.job} onClose={() => change({ job: undefined })} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
