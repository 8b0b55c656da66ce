import { Card } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { meQuery, modulesQuery, shopsQuery } from '../../api/queries';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { NeedsYou } from '../../parts/attention/NeedsYou';
import bots from '../../parts/bots/bots.module.css';
import { LinkButton } from '../../ui/LinkButton';
import layout from '../../ui/layout.module.css';
import { Pill } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import text from '../../ui/text.module.css';
import { ScreenLink } from '../../view/ScreenLink';
import { BotItem } from './BotItem';
import styles from './shops.module.css';

export function ShopsPage() {
  const { t } = useTranslation();
  const shops = useQuery(shopsQuery);
  const { data: me } = useQuery(meQuery);
  const owner = me?.role === 'owner';
  return (
    <Page
      title={t('shops.title')}
      actions={owner && (shops.data?.length ?? 0) > 0 && <ConnectLink />}
    >
      <Loaded query={shops} height={220}>
        {(all) =>
          all.length === 0 ? (
            <Empty title={t('shops.none')} what={t(owner ? 'shops.noneOwner' : 'shops.noneOther')}>
              {owner && <ConnectLink />}
            </Empty>
          ) : (
            <>
              <NeedsYou shops={all} mayDismiss={owner} />
              {all.map((shop) => (
                <ShopCard key={shop.id} shop={shop} canConnect={owner} />
              ))}
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function ConnectLink({ shop }: { shop?: number }) {
  const { t } = useTranslation();
  return (
    <LinkButton
      to="/shops/connect"
      search={shop ? { shop } : {}}
      variant={shop ? 'default' : 'filled'}
      leftSection={<IconPlus size={18} aria-hidden="true" />}
    >
      {t('shops.connect')}
    </LinkButton>
  );
}

function ShopCard({ shop, canConnect }: { shop: Shop; canConnect: boolean }) {
  const { t, i18n } = useTranslation();
  const { data: modules = [] } = useQuery(modulesQuery);
  const titles = new Map(
    modules.map(({ key, title }) => [key, title[i18n.language === 'ru' ? 'ru' : 'en']]),
  );
  const currency = shop.currency === 'XTR' ? t('currency.XTR') : shop.currency;
  return (
    <Card withBorder component="section" aria-labelledby={`shop-${shop.id}`}>
      <div className={layout.cardHead}>
        <div>
          <h2 className={text.h2} id={`shop-${shop.id}`}>
            {shop.name}
          </h2>
          <p className={text.note}>
            {currency} · {shop.timezone} · {t(`language.${shop.language}`)}
          </p>
        </div>
        <div className={styles.ways}>
          <ScreenLink to="/" search={{ shops: [shop.id] }} className={text.link}>
            {t('shops.figures')}
          </ScreenLink>
          {canConnect && (
            <LinkButton to="/shops/settings" search={{ shop: shop.id }} variant="default">
              {t('shopCard.settings')}
            </LinkButton>
          )}
        </div>
      </div>
      <Archived shop={shop} />
      {shop.bots.length === 0 ? (
        <div className={text.empty}>
          <p>{t('shops.noBots')}</p>
          {canConnect && <ConnectLink shop={shop.id} />}
        </div>
      ) : (
        <ul className={bots.bots}>
          {shop.bots.map((bot) => (
            <BotItem key={bot.id} bot={bot} titles={titles} mayChange={canConnect} />
          ))}
        </ul>
      )}
    </Card>
  );
}

/** Since when its bots are silent, or when it is gone for good. */
function Archived({ shop: { archived_at, delete_after, timezone } }: { shop: Shop }) {
  const { t } = useTranslation();
  const moment = dateFormat(useLanguage(), { timeZone: timezone, dateStyle: 'long' });
  if (!archived_at) return null;
  const day = moment.format(new Date(delete_after ?? archived_at));
  return (
    <p>
      <Pill tone={delete_after ? 'bad' : 'plain'}>
        {t(delete_after ? 'shopCard.deleted' : 'shopCard.archived', { day })}
      </Pill>
    </p>
  );
}
