import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../../api/queries';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { ModulePage } from '../../parts/modules/ModulePage';
import type { ModuleBot } from '../../parts/modules/useModuleBots';
import layout from '../../ui/layout.module.css';
import { Pill } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { Filters } from '../../ui/table/Filters';
import { pagesOf } from '../../ui/table/pages';
import { useScreenSearch } from '../../view/useScreenSearch';
import { BroadcastPanel } from './BroadcastPanel';
import { broadcastsQuery, type Shown } from './queries';
import { type BroadcastSearch, parseBroadcastSearch } from './search';
import { useBroadcastWords } from './words';

type Change = (part: Partial<BroadcastSearch>, options?: { push?: boolean }) => void;

/** Broadcasts of a bot: to whom each goes, how far it is, and what came of it. */
export function BroadcastsPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseBroadcastSearch);
  return (
    <ModulePage
      moduleKey="broadcasts"
      title={t('broadcasts.title')}
      chosen={search.bot}
      onChoose={(bot) => change({ bot, broadcast: undefined, segment: undefined })}
    >
      {(current) => <Broadcasts current={current} search={search} change={change} />}
    </ModulePage>
  );
}

type Props = { current: ModuleBot; search: BroadcastSearch; change: Change };

function Broadcasts({ current: { shop, bot }, search, change }: Props) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const query = useInfiniteQuery(broadcastsQuery(bot.id));
  const columns = useColumns(shop.timezone);
  return (
    <div className={layout.stack}>
      {me?.role === 'owner' && (
        <Filters>
          <Button
            size="md"
            leftSection={<IconPlus size={18} aria-hidden="true" />}
            onClick={() => change({ broadcast: 'new', segment: undefined }, { push: true })}
          >
            {t('broadcasts.new')}
          </Button>
        </Filters>
      )}
      <Loaded query={query} height={480}>
        {({ pages }) => (
          <DataTable
            label={t('broadcasts.title')}
            columns={columns}
            rows={pages.flatMap(({ broadcasts }) => broadcasts)}
            keyOf={({ broadcast }) => broadcast.id}
            onOpen={({ broadcast }) => change({ broadcast: broadcast.id }, { push: true })}
            {...pagesOf(query)}
            empty={<Empty title={t('broadcasts.none')} what={t('broadcasts.noneWhat')} />}
          />
        )}
      </Loaded>
      <BroadcastPanel
        shop={shop}
        bot={bot}
        isOwner={me?.role === 'owner'}
        chosen={search.broadcast}
        segment={search.segment}
        onClose={() => change({ broadcast: undefined, segment: undefined })}
      />
    </div>
  );
}

function useColumns(timeZone: string): Column<Shown>[] {
  const { t } = useTranslation();
  const words = useBroadcastWords();
  const moment = dateFormat(useLanguage(), { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  const ofTexts = (id: string, value: (texts: Shown['result']['texts']) => string) => ({
    id,
    title: t(`broadcasts.column.${id}`),
    width: 130,
    isNumber: true,
    cell: ({ result }: Shown) => value(result.texts),
    value: ({ result }: Shown) => value(result.texts),
  });
  return [
    {
      id: 'title',
      title: t('broadcasts.column.title'),
      width: 220,
      cell: ({ broadcast }) => <b>{broadcast.draft.title}</b>,
      value: ({ broadcast }) => broadcast.draft.title,
      onPhone: 'title',
    },
    {
      id: 'state',
      title: t('broadcasts.column.state'),
      width: 140,
      cell: (shown) => (
        <Pill tone={words.toneOf(shown)} isMoving={shown.broadcast.state === 'sending'}>
          {words.stateOf(shown)}
        </Pill>
      ),
      value: words.stateOf,
    },
    ofTexts('delivered', words.deliveredOf),
    ofTexts('clicked', words.clickedOf),
    ofTexts('buyers', (texts) => String(words.count(texts, 'buyers'))),
    ofTexts('sold', words.soldOf),
    {
      id: 'starts',
      title: t('broadcasts.column.starts'),
      width: 170,
      cell: ({ broadcast: { starts_at } }) =>
        starts_at && <time dateTime={starts_at}>{moment.format(new Date(starts_at))}</time>,
      value: ({ broadcast: { starts_at } }) => starts_at ?? null,
    },
  ];
}
