import { NativeSelect } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../../api/queries';
import { formatMoney } from '../../format/money';
import { useLanguage } from '../../i18n';
import { ModulePage } from '../../parts/modules/ModulePage';
import type { ModuleBot } from '../../parts/modules/useModuleBots';
import layout from '../../ui/layout.module.css';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { DataTable } from '../../ui/table/DataTable';
import { Filters } from '../../ui/table/Filters';
import { pagesOf } from '../../ui/table/pages';
import text from '../../ui/text.module.css';
import { useScreenSearch } from '../../view/useScreenSearch';
import { useRewardColumns } from './columns';
import { Inviters } from './Inviters';
import { rewardsQuery, sumsQuery } from './queries';
import { parseReferralSearch, type ReferralSearch, STATES } from './search';

type Change = (part: Partial<ReferralSearch>) => void;

/** What invitations have brought: rewards that wait, were given, were rejected. */
export function ReferralPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseReferralSearch);
  return (
    <ModulePage
      moduleKey="referral"
      title={t('referral.title')}
      chosen={search.bot}
      onChoose={(bot) => change({ bot })}
    >
      {(current) => <Rewards current={current} search={search} change={change} />}
    </ModulePage>
  );
}

type Props = { current: ModuleBot; search: ReferralSearch; change: Change };

function Rewards({ current: { shop, bot }, search, change }: Props) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const query = useInfiniteQuery(rewardsQuery(bot.id, search.state));
  const columns = useRewardColumns({
    botId: bot.id,
    timeZone: shop.timezone,
    isOwner: me?.role === 'owner',
  });
  return (
    <div className={layout.stack}>
      <SumsLine botId={bot.id} />
      <Filters>
        <NativeSelect
          size="md"
          aria-label={t('referral.column.state')}
          value={search.state ?? ''}
          data={[
            { value: '', label: t('referral.any') },
            ...STATES.map((value) => ({ value, label: t(`referral.state.${value}`) })),
          ]}
          onChange={({ currentTarget }) =>
            change({ state: STATES.find((each) => each === currentTarget.value) })
          }
        />
      </Filters>
      <Loaded query={query} height={480}>
        {({ pages }) => (
          <DataTable
            label={t('referral.title')}
            columns={columns}
            rows={pages.flatMap(({ rewards }) => rewards)}
            keyOf={({ id }) => id}
            {...pagesOf(query)}
            empty={
              search.state ? (
                <Empty title={t('referral.noneSuch')} />
              ) : (
                <Empty title={t('referral.none')} what={t('referral.noneWhat')} />
              )
            }
          />
        )}
      </Loaded>
      <Inviters botId={bot.id} />
    </div>
  );
}

/** What was given and what waits, in all. */
function SumsLine({ botId }: { botId: number }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { data } = useQuery(sumsQuery(botId));
  if (!data?.length) return null;
  return (
    <p className={text.note} role="status">
      {data
        .map(({ state, rewards, amount_minor, currency }) =>
          t('referral.sum', {
            state: t(`referral.state.${state}`),
            count: rewards,
            amount: formatMoney(amount_minor, currency, language),
          }),
        )
        .join(' · ')}
    </p>
  );
}
