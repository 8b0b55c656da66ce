import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { dataHealthQuery, meQuery, shopsQuery, storageQuery } from '../../api/queries';
import { ErrorCard } from '../../ui/ErrorCard';
import { HealthCard } from './HealthCard';
import { ShippingCard } from './ShippingCard';
import { StorageCard } from './StorageCard';
import { TablesCard } from './TablesCard';

/** Is it all there, and how much is it. */
export function DataPage() {
  const { t } = useTranslation();
  const shops = useQuery(shopsQuery);
  const health = useQuery(dataHealthQuery);
  const storage = useQuery(storageQuery);
  const { data: me } = useQuery(meQuery);
  const names = new Map(shops.data?.map(({ id, name }) => [id, name]));
  const nameOf = (id: number) => names.get(id) ?? `№ ${id}`;
  return (
    <>
      <div className="page-head">
        <h1 className="h1">{t('data.title')}</h1>
      </div>
      <div className="overview">
        {health.isError && <ErrorCard error={health.error} onRetry={() => void health.refetch()} />}
        {health.isPending && <Skeleton h={220} role="status" aria-label={t('loading')} />}
        {health.data && <HealthCard health={health.data} nameOf={nameOf} />}
        {health.data?.shipping && (
          <ShippingCard shipping={health.data.shipping} checkedAt={health.data.checked_at} />
        )}
        {storage.isError && (
          <ErrorCard error={storage.error} onRetry={() => void storage.refetch()} />
        )}
        {storage.isPending && <Skeleton h={220} role="status" aria-label={t('loading')} />}
        {storage.data && (
          <StorageCard storage={storage.data} nameOf={nameOf} canChange={me?.role === 'owner'} />
        )}
        {storage.data && storage.data.tables.length > 0 && (
          <TablesCard tables={storage.data.tables} />
        )}
      </div>
    </>
  );
}
