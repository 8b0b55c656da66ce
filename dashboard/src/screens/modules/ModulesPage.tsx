import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Bot, Shop } from '../../api/model';
import { meQuery, shopsQuery } from '../../api/queries';
import { useBotName } from '../../parts/bots/bot';
import { LinkButton } from '../../ui/LinkButton';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import text from '../../ui/text.module.css';
import { useScreenSearch } from '../../view/useScreenSearch';
import { useView } from '../../view/useView';
import { BotModuleList } from './BotModuleList';
import { ModulePanel } from './ModulePanel';
import { modulesOf } from './queries';
import { parseModulesSearch } from './search';

type ShopBot = { shop: Shop; bot: Bot };

/** What a bot can do: its modules, on and off, each with its settings and their history. */
export function ModulesPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseModulesSearch);
  const { view } = useView();
  const botName = useBotName();
  const shops = useQuery(shopsQuery);
  const bots: ShopBot[] = (shops.data ?? [])
    .filter(({ id }) => view.shops.length === 0 || view.shops.includes(id))
    .flatMap((shop) => shop.bots.map((bot) => ({ shop, bot })));
  const current =
    bots.find(({ bot }) => bot.id === search.bot) ??
    bots.find(({ bot }) => bot.mode === 'hosted') ??
    bots[0];
  const nameOf = ({ shop, bot }: ShopBot) => `${shop.name} · ${botName(bot)}`;
  return (
    <Page
      title={t('modules.title')}
      status={current && bots.length === 1 && <span className={text.note}>{nameOf(current)}</span>}
    >
      {current && bots.length > 1 && (
        <NativeSelect
          size="md"
          maw={420}
          label={t('modules.bot')}
          value={String(current.bot.id)}
          data={bots.map((each) => ({ value: String(each.bot.id), label: nameOf(each) }))}
          onChange={({ currentTarget }) =>
            change({ bot: Number(currentTarget.value), module: undefined })
          }
        />
      )}
      <Loaded query={shops} height={320}>
        {() =>
          current ? (
            <OfBot
              key={current.bot.id}
              {...current}
              opened={search.module}
              onOpen={(module) => change({ module }, { push: module !== undefined })}
            />
          ) : (
            <Empty title={t('modules.noBot')} what={t('modules.noBotWhat')}>
              <LinkButton to="/shops">{t('modules.toShops')}</LinkButton>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}

type Props = ShopBot & {
  opened: string | undefined;
  onOpen: (key: string | undefined) => void;
};

function OfBot({ shop, bot, opened, onOpen }: Props) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const query = useQuery({ ...modulesOf(bot.id), enabled: bot.mode === 'hosted' });
  const mayChange = me?.role === 'owner';
  if (bot.mode !== 'hosted')
    return <Empty title={t('modules.observes')} what={t('modules.observesWhat')} />;
  return (
    <Loaded query={query} height={480}>
      {({ modules }) => (
        <>
          <BotModuleList bot={bot} modules={modules} mayChange={mayChange} onOpen={onOpen} />
          {mayChange && (
            <ModulePanel
              shop={shop}
              bot={bot}
              module={modules.find(({ key }) => key === opened)}
              onClose={() => onOpen(undefined)}
            />
          )}
        </>
      )}
    </Loaded>
  );
}
