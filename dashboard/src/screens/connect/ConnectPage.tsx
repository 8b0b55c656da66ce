import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Module } from '../../api/model';
import { meQuery, modulesQuery, shopsQuery } from '../../api/queries';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import text from '../../ui/text.module.css';
import { ScreenLink } from '../../view/ScreenLink';
import { useScreenSearch } from '../../view/useScreenSearch';
import { BotProgress } from './BotProgress';
import { ConnectForm } from './ConnectForm';
import { parseConnectSearch } from './search';

export function ConnectPage() {
  const { t } = useTranslation();
  const back = (
    <ScreenLink to="/shops" className={text.link}>
      ← {t('shops.title')}
    </ScreenLink>
  );
  return (
    <Page title={t('connect.title')} back={back} isNarrow>
      <Body />
    </Page>
  );
}

function Body() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const modules = useQuery(modulesQuery);
  if (me && me.role !== 'owner') return <p>{t('problem.forbidden')}</p>;
  return (
    <Loaded query={modules} height={640}>
      {(known) => <Place modules={known} mayCreate={me?.shop_ids === null} />}
    </Loaded>
  );
}

/** A link for some shops only opens no other: `mayCreate` false. */
function Place({ modules, mayCreate }: { modules: Module[]; mayCreate: boolean }) {
  const [{ shop: shopId, bot: botId }] = useScreenSearch(parseConnectSearch);
  const shops = useQuery(shopsQuery);
  return (
    <Loaded query={shops} height={640}>
      {(all) => {
        const bot = all.flatMap(({ bots }) => bots).find(({ id }) => id === botId);
        if (bot) return <BotProgress bot={bot} />;
        return <ConnectForm shops={all} modules={modules} shopId={shopId} mayCreate={mayCreate} />;
      }}
    </Loaded>
  );
}
