import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { formatMoney } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Loaded } from '../../ui/page/Loaded';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { type HistoryItem, historyQuery } from './queries';

/** All that a shopper did, the newest first. */
export function BuyerHistory({ shop, buyerNo }: { shop: Shop; buyerNo: number }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(historyQuery(shop.id, buyerNo));
  return (
    <section aria-label={t('buyerHistory.title')}>
      <h3 className={text.h2}>{t('buyerHistory.title')}</h3>
      <Loaded query={query} height={240}>
        {({ pages }) => {
          const events = pages.flatMap((page) => page.events);
          return (
            <>
              {events.length === 0 && <p className={text.note}>{t('buyerHistory.none')}</p>}
              <ol className={record.timeline}>
                {events.map((event, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: what happened never changes its place
                  <Event key={index} event={event} timeZone={shop.timezone} />
                ))}
              </ol>
              {query.hasNextPage && (
                <Button
                  variant="default"
                  size="md"
                  loading={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  {t('buyerHistory.more')}
                </Button>
              )}
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

function Event({ event, timeZone }: { event: HistoryItem; timeZone: string }) {
  const { t, i18n } = useTranslation();
  const language = useLanguage();
  const moment = dateFormat(language, { timeZone, dateStyle: 'medium', timeStyle: 'medium' });
  const name = i18n.exists(`event.${event.event}`) ? t(`event.${event.event}`) : event.event;
  const details = [
    event.product,
    event.order_no === null ? null : t('buyerHistory.order', { number: event.order_no }),
    event.currency && event.amount_minor
      ? formatMoney(event.amount_minor, event.currency, language)
      : null,
  ].filter(Boolean);
  return (
    <li>
      <b>{name}</b>
      {details.length > 0 && ` · ${details.join(' · ')}`}
      <div className={text.note}>
        <time dateTime={event.at}>{moment.format(new Date(event.at))}</time>
      </div>
    </li>
  );
}
