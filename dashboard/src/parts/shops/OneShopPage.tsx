import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { shopsQuery } from '../../api/queries';
import { LinkButton } from '../../ui/LinkButton';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import { useView } from '../../view/useView';

type Props = {
  title: string;
  status?: ReactNode;
  /** The shop of the address, by its id. */
  chosen: number | undefined;
  onChoose: (shopId: number) => void;
  /** At the end of the title's line. */
  actions?: (shop: Shop) => ReactNode;
  children: (shop: Shop) => ReactNode;
};

/** A screen of one shop at a time, of those that are looked at. */
export function OneShopPage({ title, status, chosen, onChoose, actions, children }: Props) {
  const { t } = useTranslation();
  const { view } = useView();
  const shops = useQuery(shopsQuery);
  const inView = shops.data?.filter(({ id }) => !view.shops.length || view.shops.includes(id));
  const shop = inView?.find(({ id }) => id === chosen) ?? inView?.[0];
  return (
    <Page title={title} status={status} actions={shop && actions?.(shop)}>
      {shop && (inView?.length ?? 0) > 1 && (
        <NativeSelect
          size="md"
          maw={360}
          label={t('oneShop.label')}
          value={String(shop.id)}
          data={inView?.map(({ id, name }) => ({ value: String(id), label: name }))}
          onChange={({ currentTarget }) => onChoose(Number(currentTarget.value))}
        />
      )}
      <Loaded query={shops} height={320}>
        {() =>
          shop ? (
            <div key={shop.id}>{children(shop)}</div>
          ) : (
            <Empty title={t('oneShop.none')} what={t('oneShop.noneWhat')}>
              <LinkButton to="/shops/connect">{t('oneShop.connect')}</LinkButton>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}
