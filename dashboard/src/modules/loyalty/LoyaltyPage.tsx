import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { ModulePage } from '../../parts/modules/ModulePage';
import type { ModuleBot } from '../../parts/modules/useModuleBots';
import layout from '../../ui/layout.module.css';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { pagesOf } from '../../ui/table/pages';
import text from '../../ui/text.module.css';
import { useScreenSearch } from '../../view/useScreenSearch';
import { MemberPanel } from './MemberPanel';
import { type LotRow, lotsQuery, sumsQuery } from './queries';
import { type LoyaltySearch, parseLoyaltySearch } from './search';

type Change = (part: Partial<LoyaltySearch>, options?: { push?: boolean }) => void;

/** Points of a shop's customers: as they came, and each customer's own. */
export function LoyaltyPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseLoyaltySearch);
  return (
    <ModulePage
      moduleKey="loyalty"
      title={t('loyalty.title')}
      chosen={search.bot}
      onChoose={(bot) => change({ bot, buyer: undefined })}
    >
      {(current) => <Lots current={current} search={search} change={change} />}
    </ModulePage>
  );
}

type Props = { current: ModuleBot; search: LoyaltySearch; change: Change };

function Lots({ current: { shop, bot }, search, change }: Props) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(lotsQuery(bot.id));
  const columns = useColumns(shop.timezone);
  return (
    <div className={layout.stack}>
      <SumsLine botId={bot.id} />
      <Loaded query={query} height={480}>
        {({ pages }) => (
          <DataTable
            label={t('loyalty.title')}
            columns={columns}
            rows={pages.flatMap(({ lots }) => lots)}
            keyOf={({ id }) => id}
            nameOf={({ buyer_no, points }) => t('loyalty.row', { number: buyer_no, points })}
            onOpen={({ buyer_no }) => buyer_no > 0 && change({ buyer: buyer_no }, { push: true })}
            {...pagesOf(query)}
            empty={<Empty title={t('loyalty.none')} what={t('loyalty.noneWhat')} />}
          />
        )}
      </Loaded>
      <MemberPanel
        shop={shop}
        botId={bot.id}
        buyerNo={search.buyer}
        onClose={() => change({ buyer: undefined })}
      />
    </div>
  );
}

/** How many points there are, and what came and went lately. */
function SumsLine({ botId }: { botId: number }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { data } = useQuery(sumsQuery(botId));
  if (!data) return null;
  const parts = (['members', 'usable', 'waiting', 'expiring', 'earned', 'spent'] as const).map(
    (name) => t(`loyalty.sum.${name}`, { number: formatCount(data[name], language) }),
  );
  return (
    <p className={text.note} role="status">
      {parts.join(' · ')}
    </p>
  );
}

function useColumns(timeZone: string): Column<LotRow>[] {
  const { t } = useTranslation();
  const moment = dateFormat(useLanguage(), { timeZone, dateStyle: 'medium' });
  const day = (at: string | null) =>
    at ? <time dateTime={at}>{moment.format(new Date(at))}</time> : t('loyalty.endless');
  const whoOf = ({ buyer_no, buyer_name }: LotRow) =>
    buyer_no ? buyer_name || t('loyalty.buyer', { number: buyer_no }) : t('loyalty.erased');
  const whatOf = ({ order_no, reason }: LotRow) =>
    order_no === null ? reason || t('loyalty.given') : t('loyalty.order', { number: order_no });
  return [
    {
      id: 'who',
      title: t('loyalty.column.who'),
      width: 160,
      cell: (lot) => <b>{whoOf(lot)}</b>,
      value: whoOf,
      onPhone: 'title',
    },
    {
      id: 'points',
      title: t('loyalty.column.points'),
      width: 100,
      isNumber: true,
      cell: ({ points }) => points,
      value: ({ points }) => points,
    },
    {
      id: 'what',
      title: t('loyalty.column.what'),
      width: 220,
      cell: whatOf,
      value: whatOf,
    },
    {
      id: 'at',
      title: t('loyalty.column.at'),
      width: 130,
      cell: ({ created_at }) => day(created_at),
      value: ({ created_at }) => created_at,
    },
    {
      id: 'expires',
      title: t('loyalty.column.expires'),
      width: 130,
      cell: ({ expires_at }) => day(expires_at),
      value: ({ expires_at }) => expires_at,
    },
  ];
}
