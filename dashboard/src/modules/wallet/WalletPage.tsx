import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { currencyName, formatMoney, majorUnits } from '../../format/money';
import { useLanguage } from '../../i18n';
import { ModulePage } from '../../parts/modules/ModulePage';
import type { ModuleBot } from '../../parts/modules/useModuleBots';
import layout from '../../ui/layout.module.css';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { FilterChips } from '../../ui/table/FilterChips';
import { Filters } from '../../ui/table/Filters';
import { pagesOf } from '../../ui/table/pages';
import { SearchField } from '../../ui/table/SearchField';
import { numberOf } from '../../view/addressParts';
import { useScreenSearch } from '../../view/useScreenSearch';
import { owedQuery, type WalletRow, walletsQuery } from './queries';
import { parseWalletSearch, type WalletSearch } from './search';
import { WalletPanel } from './WalletPanel';
import styles from './wallet.module.css';

type Change = (part: Partial<WalletSearch>, options?: { push?: boolean }) => void;

/** What shoppers have in their wallets, and what the shop owes by them. */
export function WalletPage() {
  const { t } = useTranslation();
  const [search, change] = useScreenSearch(parseWalletSearch);
  return (
    <ModulePage
      moduleKey="wallet"
      title={t('wallet.title')}
      chosen={search.bot}
      onChoose={(bot) => change({ bot, wallet: undefined })}
    >
      {(current) => <Wallets current={current} search={search} change={change} />}
    </ModulePage>
  );
}

type Props = { current: ModuleBot; search: WalletSearch; change: Change };

function Wallets({ current: { shop, bot }, search, change }: Props) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(walletsQuery(bot.id, search));
  const columns = useColumns();
  const { buyer } = search;
  const nameOf = useBuyerName();
  return (
    <div className={layout.stack}>
      <Liability botId={bot.id} />
      <Filters>
        <SearchField
          key={buyer ?? 'all'}
          label={t('wallet.find')}
          value={buyer === undefined ? undefined : String(buyer)}
          onFind={(words) => change({ buyer: numberOf(words) })}
        />
      </Filters>
      <FilterChips
        filters={
          buyer === undefined
            ? []
            : [
                {
                  key: 'buyer',
                  name: t('wallet.buyer', { number: buyer }),
                  onDrop: () => change({ buyer: undefined }),
                },
              ]
        }
      />
      <Loaded query={query} height={360}>
        {({ pages }) => (
          <DataTable
            label={t('wallet.title')}
            columns={columns}
            rows={pages.flatMap(({ wallets }) => wallets)}
            keyOf={({ id }) => id}
            nameOf={nameOf}
            onOpen={({ id }) => change({ wallet: id }, { push: true })}
            {...pagesOf(query)}
            empty={
              buyer === undefined ? (
                <Empty title={t('wallet.none')} what={t('wallet.noneWhat')} />
              ) : (
                <Empty title={t('wallet.noneSuch')} what={t('wallet.noneSuchWhat')} />
              )
            }
          />
        )}
      </Loaded>
      <WalletPanel
        shop={shop}
        botId={bot.id}
        walletId={search.wallet}
        onClose={() => change({ wallet: undefined })}
      />
    </div>
  );
}

/** Whose a wallet is; nobody's was an erased shopper's. */
export function useBuyerName(): (row: WalletRow) => string {
  const { t } = useTranslation();
  return ({ buyer_no, buyer_name }) =>
    buyer_no === 0
      ? t('wallet.nobody')
      : buyer_name
        ? `${buyer_name} · ${t('number', { number: buyer_no })}`
        : t('wallet.buyer', { number: buyer_no });
}

/** What the shop owes to its shoppers, by currency. */
function Liability({ botId }: { botId: number }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const query = useQuery(owedQuery(botId));
  return (
    <Loaded query={query} height={76}>
      {(owed) =>
        owed.length > 0 && (
          <dl className={styles.owed} aria-label={t('wallet.owed')}>
            {owed.map(({ currency, wallets, balance_minor, held_minor }) => (
              <div key={currency}>
                <dt>{t('wallet.owedIn', { currency: currencyName(currency) })}</dt>
                <dd>
                  <b>{formatMoney(balance_minor, currency, language)}</b>
                  <span>{t('wallet.inWallets', { count: wallets })}</span>
                  {held_minor > 0 && (
                    <span>
                      {t('wallet.held', { amount: formatMoney(held_minor, currency, language) })}
                    </span>
                  )}
                </dd>
              </div>
            ))}
          </dl>
        )
      }
    </Loaded>
  );
}

function useColumns(): Column<WalletRow>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const nameOf = useBuyerName();
  return [
    {
      id: 'who',
      title: t('wallet.column.who'),
      width: 240,
      cell: (row) => <b>{nameOf(row)}</b>,
      value: nameOf,
      onPhone: 'title',
    },
    {
      id: 'balance',
      title: t('wallet.column.balance'),
      width: 150,
      isNumber: true,
      cell: ({ balance_minor, currency }) => formatMoney(balance_minor, currency, language),
      value: ({ balance_minor, currency }) => majorUnits(balance_minor, currency),
    },
    {
      id: 'held',
      title: t('wallet.column.held'),
      width: 150,
      isNumber: true,
      cell: ({ held_minor, currency }) => formatMoney(held_minor, currency, language),
      value: ({ held_minor, currency }) => majorUnits(held_minor, currency),
    },
    {
      id: 'currency',
      title: t('wallet.column.currency'),
      width: 100,
      cell: ({ currency }) => currency,
      value: ({ currency }) => currency,
    },
  ];
}
