import { NativeSelect, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Bot, Shop } from '../../api/model';
import { shopsQuery } from '../../api/queries';
import { useLanguage } from '../../i18n';
import { useBotName } from '../../parts/bots/bot';
import { LinkButton } from '../../ui/LinkButton';
import layout from '../../ui/layout.module.css';
import { Pill } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { Filters } from '../../ui/table/Filters';
import text from '../../ui/text.module.css';
import { useScreenSearch } from '../../view/useScreenSearch';
import { useView } from '../../view/useView';
import { modulesQuery, type Pair, pairsOf, textsQuery } from './queries';
import { parseTextsSearch, type TextsSearch } from './search';
import { TextPanel } from './TextPanel';

type Change = (part: Partial<TextsSearch>, options?: { push?: boolean }) => void;
type ShopBot = { shop: Shop; bot: Bot };

/** What a bot says, in both languages; each text can be the owner's own. */
export function TextsPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseTextsSearch);
  const { view } = useView();
  const botName = useBotName();
  const shops = useQuery(shopsQuery);
  const bots: ShopBot[] = (shops.data ?? [])
    .filter(({ id }) => view.shops.length === 0 || view.shops.includes(id))
    .flatMap((shop) => shop.bots.map((bot) => ({ shop, bot })))
    .filter(({ bot }) => bot.mode === 'hosted');
  const current = bots.find(({ bot }) => bot.id === search.bot) ?? bots[0];
  return (
    <Page title={t('texts.title')}>
      {current && bots.length > 1 && (
        <NativeSelect
          size="md"
          maw={420}
          label={t('texts.bot')}
          value={String(current.bot.id)}
          data={bots.map(({ shop, bot }) => ({
            value: String(bot.id),
            label: `${shop.name} · ${botName(bot)}`,
          }))}
          onChange={({ currentTarget }) =>
            change({ bot: Number(currentTarget.value), module: undefined, text: undefined })
          }
        />
      )}
      <Loaded query={shops} height={320}>
        {() =>
          current ? (
            <OfBot key={current.bot.id} {...current} search={search} change={change} />
          ) : (
            <Empty title={t('texts.noBot')} what={t('texts.noBotWhat')}>
              <LinkButton to="/shops">{t('texts.toShops')}</LinkButton>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}

type Props = ShopBot & { search: TextsSearch; change: Change };

function OfBot({ shop, bot, search, change }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const query = useQuery(modulesQuery(bot.id));
  return (
    <Loaded query={query} height={420}>
      {({ modules }) => {
        const on = modules.filter(({ is_on, is_installed }) => is_on && is_installed);
        const chosen = on.find(({ key }) => key === search.module) ?? on[0];
        if (!chosen) return <Empty title={t('texts.noModules')} what={t('texts.noModulesWhat')} />;
        return (
          <div className={layout.stack}>
            <Filters>
              <NativeSelect
                size="md"
                label={t('texts.module')}
                value={chosen.key}
                data={on.map(({ key, title }) => ({ value: key, label: title[language] }))}
                onChange={({ currentTarget }) =>
                  change({ module: currentTarget.value, text: undefined })
                }
              />
              <Switch
                size="md"
                label={t('texts.onlyOwn')}
                checked={search.own ?? false}
                onChange={({ currentTarget }) =>
                  change({ own: currentTarget.checked || undefined })
                }
              />
            </Filters>
            <p className={text.note}>{t('texts.what')}</p>
            <OfModule
              key={chosen.key}
              shop={shop}
              bot={bot}
              moduleKey={chosen.key}
              search={search}
              change={change}
            />
          </div>
        );
      }}
    </Loaded>
  );
}

type ModuleProps = Props & { moduleKey: string };

function OfModule({ shop, bot, moduleKey, search, change }: ModuleProps) {
  const { t } = useTranslation();
  const query = useQuery(textsQuery(bot.id, moduleKey));
  const columns = useColumns();
  return (
    <Loaded query={query} height={420}>
      {(texts) => {
        const pairs = pairsOf(texts);
        const isOwn = ({ ru, en }: Pair) => ru.own !== null || en.own !== null;
        return (
          <>
            <DataTable
              label={t('texts.title')}
              columns={columns}
              rows={search.own ? pairs.filter(isOwn) : pairs}
              keyOf={({ key }) => key}
              onOpen={({ key }) => change({ text: key }, { push: true })}
              asOf={query.dataUpdatedAt}
              empty={
                <Empty
                  title={t(search.own ? 'texts.noneOwn' : 'texts.none')}
                  what={t(search.own ? 'texts.noneOwnWhat' : 'texts.noneWhat')}
                />
              }
            />
            <TextPanel
              path={{ bot_id: bot.id, key: moduleKey }}
              first={shop.language}
              name={bot.title ?? shop.name}
              pair={pairs.find(({ key }) => key === search.text)}
              onClose={() => change({ text: undefined })}
            />
          </>
        );
      }}
    </Loaded>
  );
}

function useColumns(): Column<Pair>[] {
  const { t } = useTranslation();
  const saidOf = ({ own, template }: Pair['ru']) => own ?? template;
  return [
    {
      id: 'key',
      title: t('texts.column.key'),
      width: 190,
      cell: ({ key, ru, en }) => (
        <>
          <b>{key}</b> {(ru.own ?? en.own) !== null && <Pill tone="good">{t('texts.own')}</Pill>}
        </>
      ),
      value: ({ key }) => key,
      onPhone: 'title',
    },
    {
      id: 'ru',
      title: t('language.ru'),
      width: 320,
      cell: ({ ru }) => saidOf(ru),
      value: ({ ru }) => saidOf(ru),
    },
    {
      id: 'en',
      title: t('language.en'),
      width: 320,
      cell: ({ en }) => saidOf(en),
      value: ({ en }) => saidOf(en),
    },
  ];
}
