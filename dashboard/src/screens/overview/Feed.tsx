import { Card } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FeedEvent, Overview, Shop } from '../../api/model';
import { formatMoney } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import text from '../../ui/text.module.css';
import { ScreenLink } from '../../view/ScreenLink';
import styles from './overview.module.css';

/** The last events as they come in, newest first. */
export function Feed({ overview, shops }: { overview: Overview; shops: Shop[] }) {
  const { t } = useTranslation();
  return (
    <Card withBorder component="section" aria-labelledby="feed-title">
      <h2 className={text.h2} id="feed-title">
        {t('feed.title')}
      </h2>
      {overview.feed.length === 0 ? (
        <p className={text.empty}>{t('feed.empty')}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keys
        <ol className={styles.feed} tabIndex={0} aria-labelledby="feed-title">
          {withKeys(overview.feed).map(({ key, event }) => (
            <FeedRow
              key={key}
              event={event}
              asOf={overview.as_of}
              timeZone={overview.timezone ?? undefined}
              shop={shops.length > 1 ? shops.find(({ id }) => id === event.shop_id) : undefined}
            />
          ))}
        </ol>
      )}
    </Card>
  );
}

/** Events have no id here; two alike in one millisecond are told apart by their count. */
function withKeys(feed: FeedEvent[]): { key: string; event: FeedEvent }[] {
  const seen = new Map<string, number>();
  return feed.map((event) => {
    const name = `${event.at} ${event.shop_id} ${event.buyer_no} ${event.event}`;
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return { key: `${name} ${count}`, event };
  });
}

/** Where a press on the line leads: to its order, else to who did it. */
function placeOf({ shop_id, bot_id, order_id, buyer_no }: FeedEvent) {
  if (order_id && bot_id) return { to: '/orders', search: { bot: bot_id, order: order_id } };
  if (buyer_no) return { to: '/customers', search: { shop: shop_id, buyer: buyer_no } };
  return null;
}

type RowProps = { event: FeedEvent; asOf: string; timeZone?: string; shop?: Shop };
const NEW_MS = 5000;

function FeedRow({ event, asOf, timeZone, shop }: RowProps) {
  const { t, i18n } = useTranslation();
  const language = useLanguage();
  const time = dateFormat(language, { timeStyle: 'medium', timeZone });
  const name = i18n.exists(`event.${event.event}`) ? t(`event.${event.event}`) : event.event;
  const details = [
    event.buyer_no === null ? null : t('feed.buyer', { number: event.buyer_no }),
    event.product_title || null,
    shop?.name,
  ].filter(Boolean);
  const place = placeOf(event);
  const fresh = Date.parse(asOf) - Date.parse(event.at) < NEW_MS;
  return (
    <li data-event={event.event} data-fresh={fresh || undefined}>
      <time dateTime={event.at}>{time.format(new Date(event.at))}</time>
      <span className={styles.feedWhat}>
        {place ? (
          <ScreenLink {...place} className={styles.feedLink}>
            {name}
          </ScreenLink>
        ) : (
          <b>{name}</b>
        )}
        <span>{details.join(' · ')}</span>
      </span>
      {event.currency && event.amount_minor !== null && event.amount_minor !== 0 && (
        <span className={styles.feedAmount}>
          {formatMoney(event.amount_minor, event.currency, language)}
        </span>
      )}
    </li>
  );
}
