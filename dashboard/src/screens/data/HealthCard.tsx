import { Badge, Card } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DataHealth, ShopHealth } from '../../api/model';
import { formatCount, formatMoney } from '../../format/money';
import { formatClock, formatSpan } from '../../format/time';
import { useLanguage } from '../../i18n';
import layout from '../../ui/layout.module.css';
import { ScrollTable } from '../../ui/table/ScrollTable';
import text from '../../ui/text.module.css';

type Props = { health: DataHealth; nameOf: (shop: number) => string };

/** Nothing twice, nothing missing, and the same money in both stores: shop by shop. */
export function HealthCard({ health, nameOf }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <Card withBorder component="section" aria-labelledby="data-health">
      <div className={layout.cardHead}>
        <div>
          <h2 className={text.h2} id="data-health">
            {t('data.health')}
          </h2>
          <p className={text.note}>
            {t('data.checked', {
              time: formatClock(health.checked_at, language),
              count: health.days,
            })}
          </p>
        </div>
        <Badge color={health.sound ? 'teal' : 'red'} variant="light" size="lg">
          {t(health.sound ? 'data.sound' : 'data.unsound')}
        </Badge>
      </div>
      <p className={text.note}>{t('data.healthWhat')}</p>
      <ScrollTable label={t('data.tableOf', { what: t('data.health') })}>
        <thead>
          <tr>
            <th scope="col">{t('data.shop')}</th>
            <th scope="col">{t('data.events')}</th>
            <th scope="col">{t('data.duplicates')}</th>
            <th scope="col">{t('data.missing')}</th>
            <th scope="col">{t('data.refused')}</th>
            <th scope="col">{t('data.orders')}</th>
            <th scope="col">{t('data.difference')}</th>
            <th scope="col">{t('data.onTheWay')}</th>
          </tr>
        </thead>
        <tbody>
          {health.shops.map((shop) => (
            <Row key={shop.shop_id} shop={shop} name={nameOf(shop.shop_id)} />
          ))}
        </tbody>
      </ScrollTable>
    </Card>
  );
}

function Row({ shop, name }: { shop: ShopHealth; name: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const wrong = (value: number) => (
    <td className={value ? text.down : undefined}>{formatCount(value, language)}</td>
  );
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{formatCount(shop.events, language)}</td>
      <td className={shop.duplicates || shop.counted_twice.length ? text.down : undefined}>
        {formatCount(shop.duplicates, language)}
        {shop.counted_twice.length > 0 &&
          ` · ${t('data.countedTwice', { orders: shop.counted_twice.join(', ') })}`}
      </td>
      {wrong(shop.missing)}
      {wrong(shop.dead_letters)}
      <td>{formatCount(shop.orders_compared, language)}</td>
      <td
        className={shop.differences.length || shop.refunded_beyond.length ? text.down : undefined}
      >
        {shop.differences.length
          ? shop.differences
              .map(
                ({ currency, orders, amount_minor }) =>
                  `${formatMoney(amount_minor, currency, language)} (${orders})`,
              )
              .join(', ')
          : formatCount(0, language)}
        {shop.refunded_beyond.length > 0 &&
          ` · ${t('data.refundedBeyond', { orders: shop.refunded_beyond.join(', ') })}`}
      </td>
      <td>
        {formatCount(shop.waiting, language)}
        {shop.oldest_waiting_seconds !== null &&
          ` · ${t('data.since', { span: formatSpan(shop.oldest_waiting_seconds, language) })}`}
      </td>
    </tr>
  );
}
