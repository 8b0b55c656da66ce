import { Card } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { read } from '../../api/client';
import type { Shop } from '../../api/model';
import { meQuery } from '../../api/queries';
import { CopyLink } from '../../ui/CopyLink';
import { Step } from '../../ui/steps/Step';
import steps from '../../ui/steps/steps.module.css';
import text from '../../ui/text.module.css';
import { ScreenLink } from '../../view/ScreenLink';

type Props = {
  shops: Shop[];
  /** How many people have come, as far as is known: the owner is the first of them. */
  visitors: number;
};

/** What stands between a shop and its first figures, in place of a page of zeros. */
export function FirstSteps({ shops, visitors }: Props) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const hasGoods = useHasGoods(shops);
  const bots = shops.flatMap((shop) => shop.bots);
  const running = bots.some(({ state }) => state === 'running');
  const usernames = bots.flatMap(({ username }) => (username ? [username] : []));
  return (
    <Card withBorder component="section" aria-labelledby="first-steps-title">
      <h2 className={text.h2} id="first-steps-title">
        {t(visitors > 1 ? 'firstSteps.noSales' : 'firstSteps.title')}
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
          {hasGoods ? (
            t('firstSteps.goodsDone')
          ) : me?.role === 'owner' ? (
            <ScreenLink
              to="/catalogue"
              search={{ shop: shops[0]?.id, product: 'new' }}
              className={text.link}
            >
              {t('firstSteps.addGoods')}
            </ScreenLink>
          ) : (
            t('firstSteps.goodsWhat')
          )}
        </Step>
        <Step done={visitors > 0} title={t('firstSteps.open')}>
          {t('firstSteps.openWhat')}
        </Step>
        <Step done={visitors > 1} title={t('firstSteps.share')}>
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
