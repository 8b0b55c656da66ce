import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { meQuery, shopsQuery } from '../../api/queries';
import { formatBytes } from '../../format/bytes';
import { numberFormat } from '../../format/intl';
import { formatCount } from '../../format/money';
import { formatSpan } from '../../format/time';
import { useLanguage } from '../../i18n';
import { BotStateBadge } from '../../parts/bots/BotStateBadge';
import { useReasonText } from '../../parts/bots/bot';
import { LinkButton } from '../../ui/LinkButton';
import layout from '../../ui/layout.module.css';
import { Pill } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { Page } from '../../ui/page/Page';
import { type Column, DataTable } from '../../ui/table/DataTable';
import text from '../../ui/text.module.css';
import { useScreenSearch } from '../../view/useScreenSearch';
import { useView } from '../../view/useView';
import { FleetPanel } from './FleetPanel';
import { type FleetBot, fleetQuery, type Worker } from './queries';
import { parseFleetSearch } from './search';

const MINUTE_MS = 60_000;

/** Who runs which bot, how busy they are, and what lags behind. */
export function FleetPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseFleetSearch);
  const { view } = useView();
  const query = useQuery(fleetQuery(view.shops));
  const { data: shops = [] } = useQuery(shopsQuery);
  const { data: me } = useQuery(meQuery);
  const nameOf = useBotLabel();
  const bots = useBotColumns(query.dataUpdatedAt);
  const workers = useWorkerColumns(query.dataUpdatedAt);
  return (
    <Page title={t('fleet.title')}>
      <Loaded query={query} height={420}>
        {(fleet) => (
          <div className={layout.stack}>
            <DataTable
              label={t('fleet.bots')}
              columns={bots}
              rows={fleet.bots}
              keyOf={({ bot_id }) => bot_id}
              nameOf={nameOf}
              onOpen={({ bot_id }) => change({ bot: bot_id }, { push: true })}
              asOf={query.dataUpdatedAt}
              empty={
                <Empty title={t('fleet.none')} what={t('fleet.noneWhat')}>
                  <LinkButton to="/shops">{t('fleet.toShops')}</LinkButton>
                </Empty>
              }
            />
            {fleet.workers.length > 0 && (
              <section className={layout.stack} aria-labelledby="fleet-workers">
                <h2 className={text.h2} id="fleet-workers">
                  {t('fleet.workers')}
                </h2>
                <DataTable
                  label={t('fleet.workers')}
                  columns={workers}
                  rows={fleet.workers}
                  keyOf={({ name }) => name}
                  asOf={query.dataUpdatedAt}
                  empty={null}
                />
              </section>
            )}
            <FleetPanel
              row={fleet.bots.find(({ bot_id }) => bot_id === search.bot)}
              shops={shops}
              now={query.dataUpdatedAt}
              mayChange={me?.role === 'owner'}
              onClose={() => change({ bot: undefined })}
            />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

/** What a bot is called: one that Telegram has not named yet by its number. */
export function useBotLabel(): (row: FleetBot) => string {
  const { t } = useTranslation();
  return ({ username, bot_id }) => (username ? `@${username}` : t('number', { number: bot_id }));
}

/** How long ago, or nothing where nothing was. */
export function useAgo(now: number): (iso: string | null) => string {
  const { t } = useTranslation();
  const language = useLanguage();
  return (iso) =>
    iso
      ? t('fleet.ago', { span: formatSpan((now - Date.parse(iso)) / 1000, language) })
      : t('fleet.never');
}

function useBotColumns(now: number): Column<FleetBot>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const reasonText = useReasonText();
  const ago = useAgo(now);
  const nameOf = useBotLabel();
  const rate = (perSecond: number) =>
    t('fleet.aMinute', { rate: formatCount(perSecond * 60, language) });
  return [
    {
      id: 'bot',
      title: t('fleet.column.bot'),
      width: 170,
      cell: (row) => <b>{nameOf(row)}</b>,
      value: nameOf,
      onPhone: 'title',
    },
    {
      id: 'state',
      title: t('fleet.column.state'),
      width: 240,
      cell: ({ state, state_reason, paused_at }) => (
        <>
          {paused_at ? (
            <Pill tone="waiting">{t('fleet.paused')}</Pill>
          ) : (
            <BotStateBadge state={state} />
          )}
          {state_reason && <div className={text.note}>{reasonText(state_reason)}</div>}
        </>
      ),
      value: ({ state }) => state,
    },
    {
      id: 'worker',
      title: t('fleet.column.worker'),
      width: 150,
      cell: ({ worker }) => worker ?? t('fleet.nobody'),
      value: ({ worker }) => worker,
    },
    {
      id: 'rate',
      title: t('fleet.column.rate'),
      width: 110,
      isNumber: true,
      isSortable: true,
      cell: ({ updates_rate }) => rate(updates_rate),
      value: ({ updates_rate }) => updates_rate,
    },
    {
      id: 'last',
      title: t('fleet.column.last'),
      width: 130,
      isSortable: true,
      cell: ({ last_update_at }) => ago(last_update_at),
      value: ({ last_update_at }) => last_update_at,
    },
    {
      id: 'messages',
      title: t('fleet.column.messages'),
      width: 130,
      isNumber: true,
      isSortable: true,
      cell: ({ messages_waiting, oldest_message_at }) => (
        <Lag count={messages_waiting} since={oldest_message_at} now={now} />
      ),
      value: ({ messages_waiting }) => messages_waiting,
    },
    {
      id: 'jobs',
      title: t('fleet.column.jobs'),
      width: 130,
      isNumber: true,
      isSortable: true,
      cell: ({ jobs_overdue, oldest_job_at }) => (
        <Lag count={jobs_overdue} since={oldest_job_at} now={now} />
      ),
      value: ({ jobs_overdue }) => jobs_overdue,
    },
  ];
}

/** How many wait, and since when. */
function Lag({ count, since, now }: { count: number; since: string | null; now: number }) {
  const language = useLanguage();
  if (!count) return formatCount(0, language);
  const late = since ? now - Date.parse(since) : 0;
  return (
    <span className={late > MINUTE_MS ? text.error : undefined}>
      {formatCount(count, language)}
      {since && ` · ${formatSpan(late / 1000, language)}`}
    </span>
  );
}

function useWorkerColumns(now: number): Column<Worker>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const ago = useAgo(now);
  const cores = (value: number) =>
    numberFormat(language, { maximumFractionDigits: 2 }).format(value);
  return [
    {
      id: 'name',
      title: t('fleet.column.worker'),
      width: 200,
      cell: ({ name, is_leaving }) => (
        <>
          <b>{name}</b> {is_leaving && <Pill tone="waiting">{t('fleet.leaving')}</Pill>}
        </>
      ),
      value: ({ name }) => name,
      onPhone: 'title',
    },
    {
      id: 'bots',
      title: t('fleet.bots'),
      width: 90,
      isNumber: true,
      cell: ({ bots }) => formatCount(bots, language),
      value: ({ bots }) => bots,
    },
    {
      id: 'rate',
      title: t('fleet.column.rate'),
      width: 120,
      isNumber: true,
      cell: ({ updates_rate }) =>
        t('fleet.aMinute', { rate: formatCount(updates_rate * 60, language) }),
      value: ({ updates_rate }) => updates_rate,
    },
    {
      id: 'cpu',
      title: t('fleet.column.cpu'),
      width: 120,
      isNumber: true,
      cell: ({ cpu }) => cores(cpu),
      value: ({ cpu }) => cpu,
    },
    {
      id: 'memory',
      title: t('fleet.column.memory'),
      width: 110,
      isNumber: true,
      cell: ({ rss_bytes }) => formatBytes(rss_bytes, language),
      value: ({ rss_bytes }) => rss_bytes,
    },
    {
      id: 'seen',
      title: t('fleet.column.seen'),
      width: 130,
      cell: ({ seen_at }) => ago(seen_at),
      value: ({ seen_at }) => seen_at,
    },
  ];
}
