import { Button, Card, Skeleton, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/contract';
import { meQuery, modulesQuery, shopsQuery } from '../../api/queries';
import { useBotStates } from '../../live/useBotStates';
import { ErrorCard } from '../../ui/ErrorCard';
import { LinkButton } from '../../ui/LinkButton';
import { BotItem } from './BotItem';
import { NeedsYou } from './NeedsYou';
import { ShopCalendar } from './ShopCalendar';
import { ShopRates } from './ShopRates';

export function ShopsPage() {
  const { t } = useTranslation();
  useBotStates();
  const shops = useQuery(shopsQuery);
  const { data: me } = useQuery(meQuery);
  const owner = me?.role === 'owner';
  return (
    <>
      <div className="page-head">
        <h1 className="h1">{t('shops.title')}</h1>
        {owner && (shops.data?.length ?? 0) > 0 && <ConnectLink />}
      </div>
      <div className="overview">
        {shops.isError && <ErrorCard error={shops.error} onRetry={() => void shops.refetch()} />}
        {shops.isPending && <Skeleton h={220} role="status" aria-label={t('loading')} />}
        {shops.data?.length === 0 && (
          <Card withBorder p="xl" className="centred">
            <h2 className="h2">{t('shops.none')}</h2>
            <Text c="dimmed">{t(owner ? 'shops.noneOwner' : 'shops.noneOther')}</Text>
            {owner && <ConnectLink />}
          </Card>
        )}
        {shops.data && <NeedsYou shops={shops.data} mayDismiss={owner} />}
        {shops.data?.map((shop) => (
          <ShopCard key={shop.id} shop={shop} canConnect={owner} />
        ))}
      </div>
    </>
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
      <div className="card-head">
        <div>
          <h2 className="h2" id={`shop-${shop.id}`}>
            {shop.name}
          </h2>
          <p className="note">
            {currency} · {shop.timezone} · {t(`language.${shop.language}`)}
          </p>
        </div>
        <Link to="/" search={{ shops: [shop.id] }} className="link">
          {t('shops.figures')}
        </Link>
      </div>
      {canConnect && <ShopActions shop={shop} />}
      {shop.bots.length === 0 ? (
        <div className="empty">
          <p>{t('shops.noBots')}</p>
          {canConnect && <ConnectLink shop={shop.id} />}
        </div>
      ) : (
        <ul className="bots">
          {shop.bots.map((bot) => (
            <BotItem key={bot.id} bot={bot} titles={titles} mayChange={canConnect} />
          ))}
        </ul>
      )}
    </Card>
  );
}

/** What an owner may change of what a shop is counted by. */
function ShopActions({ shop }: { shop: Shop }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<'calendar' | 'rates' | null>(null);
  const close = () => setOpen(null);
  if (open === 'calendar') return <ShopCalendar shop={shop} onDone={close} />;
  if (open === 'rates') return <ShopRates shop={shop} onDone={close} />;
  return (
    <div className="actions">
      <Button variant="default" size="xs" onClick={() => setOpen('calendar')}>
        {t('calendar.title')}
      </Button>
      <Button variant="default" size="xs" onClick={() => setOpen('rates')}>
        {t('rates.title')}
      </Button>
    </div>
  );
}
