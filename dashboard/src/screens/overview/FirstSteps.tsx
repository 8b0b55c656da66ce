import { Card } from '@mantine/core';
import { IconCircle, IconCircleCheck } from '@tabler/icons-react';
import { useQueries, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { read } from '../../api/client';
import type { Shop } from '../../api/model';
import { meQuery } from '../../api/queries';
import { CopyLink } from '../../ui/CopyLink';
import steps from '../../ui/steps.module.css';
import text from '../../ui/text.module.css';
import { ScreenLink } from '../../view/ScreenLink';

type Props = {
  shops: Shop[];
  /** Shoppers have come already; only the sale is missing. */
  visited: boolean;
};

/** What stands between a shop and its first figures, in place of a page of zeros. */
export function FirstSteps({ shops, visited }: Props) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const hasGoods = useHasGoods(shops);
  const bots = shops.flatMap((shop) => shop.bots);
  const running = bots.some(({ state }) => state === 'running');
  const usernames = bots.flatMap(({ username }) => (username ? [username] : []));
  return (
    <Card withBorder component="section" aria-labelledby="first-steps-title">
      <h2 className={text.h2} id="first-steps-title">
        {t(visited ? 'firstSteps.noSales' : 'firstSteps.title')}
      </h2>
      <ol className={steps.steps}>
        <Step done={running} title={t('firstSteps.connect')}>
          {!running &&
            (bots.length > 0 ? (
              <ScreenLink to="/shops" className={text.link}>
                {t('firstSteps.seeState')}
              </ScreenLink>
            ) : me?.role === 'owner' ? (
              <ScreenLink to="/shops/connect" search={{ shop: shops[0]?.id }} className={text.link}>
                {t('shops.connect')}
              </ScreenLink>
            ) : (
              t('firstSteps.askOwner')
            ))}
        </Step>
        <Step done={hasGoods} title={t('firstSteps.goods')}>
          {t('firstSteps.goodsWhat')}
        </Step>
        <Step done={visited} title={t('firstSteps.share')}>
          {usernames.length > 0
            ? usernames.map((username) => <CopyLink key={username} username={username} />)
            : t('firstSteps.shareLater')}
        </Step>
        <Step done={false} title={t('firstSteps.sale')}>
          {t('firstSteps.saleWhat')}
        </Step>
      </ol>
    </Card>
  );
}

/** Whether any of the shops has something on sale; not known is as if it had not. */
function useHasGoods(shops: Shop[]): boolean {
  const lists = useQueries({ queries: shops.slice(0, MOST_ASKED).map(({ id }) => goodsQuery(id)) });
  return lists.some(({ data }) => (data?.products.length ?? 0) > 0);
}

/** A new owner has one shop or two. */
const MOST_ASKED = 5;
const goodsQuery = (shop: number) =>
  read('/api/v1/shops/{shop_id}/products', {
    params: { path: { shop_id: shop }, query: { limit: 1 } },
  });

function Step({ done, title, children }: { done: boolean; title: string; children: ReactNode }) {
  const { t } = useTranslation();
  const Icon = done ? IconCircleCheck : IconCircle;
  return (
    <li data-done={done || undefined}>
      <Icon size={24} role="img" aria-label={t(done ? 'firstSteps.done' : 'firstSteps.open')} />
      <span>
        <b>{title}</b>
        <span className={steps.what}>{children}</span>
      </span>
    </li>
  );
}
