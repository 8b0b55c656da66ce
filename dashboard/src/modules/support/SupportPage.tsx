import { NativeSelect } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../../api/queries';
import { numberFormat } from '../../format/intl';
import { dateFormat, formatSpan } from '../../format/time';
import { useLanguage } from '../../i18n';
import { ModulePage } from '../../parts/modules/ModulePage';
import type { ModuleBot } from '../../parts/modules/useModuleBots';
import layout from '../../ui/layout.module.css';
import { Pill } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { FilterChips } from '../../ui/table/FilterChips';
import { Filters } from '../../ui/table/Filters';
import { pagesOf } from '../../ui/table/pages';
import text from '../../ui/text.module.css';
import { useScreenSearch } from '../../view/useScreenSearch';
import { summaryQuery, type TicketRow, ticketsQuery } from './queries';
import { parseSupportSearch, STATES, type SupportSearch } from './search';
import { TicketPanel } from './TicketPanel';
import { TONES } from './tones';

type Change = (part: Partial<SupportSearch>, options?: { push?: boolean }) => void;

/** What shoppers ask, and the answers to it. */
export function SupportPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseSupportSearch);
  return (
    <ModulePage
      moduleKey="support"
      title={t('support.title')}
      chosen={search.bot}
      onChoose={(bot) => change({ bot, ticket: undefined })}
    >
      {(current) => <Tickets current={current} search={search} change={change} />}
    </ModulePage>
  );
}

type Props = { current: ModuleBot; search: SupportSearch; change: Change };

function Tickets({ current: { shop, bot }, search, change }: Props) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  // What people wrote is an owner's to read.
  const isOwner = me?.role === 'owner';
  const query = useInfiniteQuery(ticketsQuery(bot.id, search));
  const columns = useColumns(shop.timezone);
  const { buyer, state } = search;
  return (
    <div className={layout.stack}>
      <SummaryLine botId={bot.id} />
      <Filters>
        <NativeSelect
          size="md"
          aria-label={t('support.column.state')}
          value={state ?? ''}
          data={[
            { value: '', label: t('support.any') },
            ...STATES.map((value) => ({ value, label: t(`support.state.${value}`) })),
          ]}
          onChange={({ currentTarget }) =>
            change({ state: STATES.find((each) => each === currentTarget.value) })
          }
        />
      </Filters>
      <FilterChips
        filters={
          buyer === undefined
            ? []
            : [
                {
                  key: 'buyer',
                  name: t('support.buyer', { number: buyer }),
                  onDrop: () => change({ buyer: undefined }),
                },
              ]
        }
      />
      <Loaded query={query} height={480}>
        {({ pages }) => (
          <DataTable
            label={t('support.title')}
            columns={columns}
            rows={pages.flatMap(({ tickets }) => tickets)}
            keyOf={({ id }) => id}
            nameOf={({ ticket_no }) => t('support.number', { number: ticket_no })}
            onOpen={isOwner ? ({ id }) => change({ ticket: id }, { push: true }) : undefined}
            {...pagesOf(query)}
            empty={
              state || buyer ? (
                <Empty title={t('support.noneSuch')} />
              ) : (
                <Empty title={t('support.none')} what={t('support.noneWhat')} />
              )
            }
          />
        )}
      </Loaded>
      <TicketPanel
        shop={shop}
        botId={bot.id}
        ticketId={search.ticket}
        onClose={() => change({ ticket: undefined })}
      />
    </div>
  );
}

/** How many wait, how soon the first answer comes, how it is rated. */
function SummaryLine({ botId }: { botId: number }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { data } = useQuery(summaryQuery(botId));
  if (!data) return null;
  const { waiting, first_reply_seconds, rating, ratings } = data;
  const parts = [
    t('support.waitingNow', { count: waiting }),
    first_reply_seconds === null
      ? null
      : t('support.firstReply', { span: formatSpan(first_reply_seconds, language) }),
    rating === null
      ? null
      : t('support.rating', {
          rating: numberFormat(language, { maximumFractionDigits: 1 }).format(rating),
          count: ratings,
        }),
  ];
  return (
    <p className={text.note} role="status">
      {parts.filter(Boolean).join(' · ')}
    </p>
  );
}

function useColumns(timeZone: string): Column<TicketRow>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const moment = dateFormat(language, {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  const aboutOf = ({ order_no }: TicketRow) =>
    order_no === null ? t('support.general') : t('support.order', { number: order_no });
  const whoOf = ({ buyer_name, buyer_no }: TicketRow) =>
    buyer_name || t('support.buyer', { number: buyer_no });
  return [
    {
      id: 'number',
      title: t('support.column.number'),
      width: 90,
      cell: ({ ticket_no }) => <b>{t('support.number', { number: ticket_no })}</b>,
      value: ({ ticket_no }) => ticket_no,
      onPhone: 'title',
    },
    {
      id: 'state',
      title: t('support.column.state'),
      width: 150,
      cell: ({ state }) => <Pill tone={TONES[state]}>{t(`support.state.${state}`)}</Pill>,
      value: ({ state }) => t(`support.state.${state}`),
    },
    {
      id: 'words',
      title: t('support.column.words'),
      width: 280,
      cell: ({ last_words }) => last_words || '—',
      value: ({ last_words }) => last_words,
    },
    {
      id: 'who',
      title: t('support.column.who'),
      width: 150,
      cell: whoOf,
      value: whoOf,
    },
    {
      id: 'about',
      title: t('support.column.about'),
      width: 140,
      cell: aboutOf,
      value: aboutOf,
    },
    {
      id: 'last',
      title: t('support.column.last'),
      width: 140,
      cell: ({ last_at }) => <time dateTime={last_at}>{moment.format(new Date(last_at))}</time>,
      value: ({ last_at }) => last_at,
    },
  ];
}
