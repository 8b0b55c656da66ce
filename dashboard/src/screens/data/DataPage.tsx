import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { meQuery, shopsQuery } from '../../api/queries';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import { HealthCard } from './HealthCard';
import { dataHealthQuery, storageQuery } from './queries';
import { ShippingCard } from './ShippingCard';
import { StorageCard } from './StorageCard';
import { TablesCard } from './TablesCard';

/** Is it all there, and how much is it. */
export function DataPage() {
  const { t } = useTranslation();
  const { data: shops } = useQuery(shopsQuery);
  const health = useQuery(dataHealthQuery);
  const storage = useQuery(storageQuery);
  const { data: me } = useQuery(meQuery);
  const names = new Map(shops?.map(({ id, name }) => [id, name]));
  const nameOf = (id: number) => names.get(id) ?? t('number', { number: id });
  return (
    <Page title={t('data.title')}>
      <Loaded query={health} height={220}>
        {(data) => (
          <>
            <HealthCard health={data} nameOf={nameOf} />
            {data.shipping && <ShippingCard shipping={data.shipping} checkedAt={data.checked_at} />}
          </>
        )}
      </Loaded>
      <Loaded query={storage} height={220}>
        {(data) => (
          <>
            <StorageCard storage={data} nameOf={nameOf} canChange={me?.role === 'owner'} />
            {data.tables.length > 0 && <TablesCard tables={data.tables} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}
