import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { meQuery } from '../../api/queries';
import { formatMoney } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { LinkButton } from '../../ui/LinkButton';
import { Loaded } from '../../ui/page/Loaded';
import { Facts } from '../../ui/record/Facts';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { EntryForm } from './EntryForm';
import { type Entry, type WalletRow, walletQuery } from './queries';
import { useBuyerName } from './WalletPage';
import styles from './wallet.module.css';

type Props = { shop: Shop; botId: number; walletId: number | undefined; onClose: () => void };

/** One wallet beside the list: what is in it, all that changed it, and changing it. */
export function WalletPanel({ shop, botId, walletId, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <SidePanel isOpen={walletId !== undefined} onClose={onClose} title={t('wallet.one')}>
      {walletId !== undefined && <Story key={walletId} {...{ shop, botId, walletId }} />}
    </SidePanel>
  );
}

type StoryProps = { shop: Shop; botId: number; walletId: number };

function Story({ shop, botId, walletId }: StoryProps) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(walletQuery(botId, walletId));
  const { data: me } = useQuery(meQuery);
  return (
    <Loaded query={query} height={420}>
      {({ pages }) => {
        const wallet = pages[0]?.wallet as WalletRow;
        return (
          <div className={record.story}>
            <Head shop={shop} wallet={wallet} />
            {me?.role === 'owner' && wallet.buyer_no > 0 && (
              <EntryForm key={wallet.balance_minor} botId={botId} wallet={wallet} />
            )}
            <section aria-label={t('wallet.ledger')}>
              <h3 className={text.h2}>{t('wallet.ledger')}</h3>
              <ol className={record.timeline}>
                {pages
                  .flatMap(({ entries }) => entries)
                  .map((entry) => (
                    <Line key={entry.id} entry={entry} timeZone={shop.timezone} />
                  ))}
              </ol>
              {query.hasNextPage && (
                <Button
                  size="md"
                  variant="default"
                  loading={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  {t('wallet.more')}
                </Button>
              )}
            </section>
          </div>
        );
      }}
    </Loaded>
  );
}

function Head({ shop, wallet }: { shop: Shop; wallet: WalletRow }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const nameOf = useBuyerName();
  const { currency, balance_minor, held_minor, buyer_no } = wallet;
  return (
    <>
      <div className={record.head}>
        <h2 className={text.h2}>{nameOf(wallet)}</h2>
        {buyer_no > 0 && (
          <LinkButton
            to="/customers"
            variant="default"
            search={{ shops: [shop.id], shop: shop.id, buyer: buyer_no }}
          >
            {t('wallet.toCustomer')}
          </LinkButton>
        )}
      </div>
      <Facts
        facts={[
          [t('wallet.column.balance'), formatMoney(balance_minor, currency, language)],
          [
            t('wallet.column.held'),
            held_minor ? formatMoney(held_minor, currency, language) : null,
          ],
        ]}
      />
    </>
  );
}

function Line({ entry, timeZone }: { entry: Entry; timeZone: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const moment = dateFormat(language, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  const { amount_minor, balance_minor, currency } = entry;
  const sign = amount_minor > 0 ? '+' : '';
  return (
    <li>
      <span className={styles.amount}>
        {sign}
        {formatMoney(amount_minor, currency, language)}
      </span>
      <b>{t(`wallet.kind.${entry.kind}`)}</b>
      {entry.order_no !== null && ` · ${t('wallet.order', { number: entry.order_no })}`}
      {entry.reason && <div>{entry.reason}</div>}
      <div className={text.note}>
        <time dateTime={entry.created_at}>{moment.format(new Date(entry.created_at))}</time>
        {` · ${t('wallet.after', { amount: formatMoney(balance_minor, currency, language) })}`}
        {entry.made_by && ` · ${entry.made_by}`}
      </div>
    </li>
  );
}
