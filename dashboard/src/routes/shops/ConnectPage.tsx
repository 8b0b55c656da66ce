import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { meQuery, modulesQuery, shopsQuery } from '../../api/queries';
import { useBotStates } from '../../live/useBotStates';
import { ErrorCard } from '../../ui/ErrorCard';
import { BotProgress } from './BotProgress';
import { ConnectForm } from './ConnectForm';

const route = getRouteApi('/shell/shops/connect');

export function ConnectPage() {
  const { t } = useTranslation();
  return (
    <div className="narrow">
      <Link to="/shops" className="link">
        ← {t('shops.title')}
      </Link>
      <h1 className="h1">{t('connect.title')}</h1>
      <Body />
    </div>
  );
}

function Body() {
  const { t } = useTranslation();
  const { shop: shopId, bot: botId } = route.useSearch();
  useBotStates();
  const me = useQuery(meQuery);
  const shops = useQuery(shopsQuery);
  const modules = useQuery(modulesQuery);
  if (me.data && me.data.role !== 'owner') return <p>{t('problem.forbidden')}</p>;
  // A link for some shops only opens no other.
  const mayCreate = me.data?.shop_ids === null;
  const failed = [shops, modules].find(({ isError }) => isError);
  if (failed?.error)
    return <ErrorCard error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!shops.data || !modules.data)
    return <Skeleton h={640} role="status" aria-label={t('loading')} />;
  const bot = shops.data.flatMap(({ bots }) => bots).find(({ id }) => id === botId);
  if (bot) return <BotProgress bot={bot} />;
  return (
    <ConnectForm shops={shops.data} modules={modules.data} shopId={shopId} mayCreate={mayCreate} />
  );
}
