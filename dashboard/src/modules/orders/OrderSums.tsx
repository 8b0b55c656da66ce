import { useTranslation } from 'react-i18next';
import { formatMoney } from '../../format/money';
import { useLanguage } from '../../i18n';
import styles from './orders.module.css';
import type { OrderView } from './queries';

/** The bill as the shopper saw it, and what went back of it. */
export function OrderSums({ order }: { order: OrderView['order'] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const money = (minor: number) => formatMoney(minor, order.currency, language);
  const added: [string, number][] = [
    [t('orders.sum.wallet'), -(order.wallet_minor ?? 0)],
    [t('orders.sum.refunded'), -order.refunded_minor],
  ];
  return (
    <dl className={styles.sums}>
      {order.lines.map((line) => {
        const name = line.variant_title ? `${line.title}, ${line.variant_title}` : line.title;
        const key = `${line.product_id}-${line.variant_id ?? ''}-${line.is_gift ?? false}`;
        return [
          <dt key={`${key}-name`}>
            {name} × {line.quantity}
            {line.is_gift && ` · ${t('orders.gift')}`}
          </dt>,
          <dd key={key}>{money(line.unit_price_minor * line.quantity)}</dd>,
        ];
      })}
      {order.adjustments?.map(({ kind, reference, source, label, amount_minor, is_included }) => [
        <dt key={`${kind}-${source}-${reference}-name`}>
          {label || t(`orders.adjustment.${kind}`)}
          {is_included && ` (${t('orders.included')})`}
        </dt>,
        <dd key={`${kind}-${source}-${reference}`}>{money(amount_minor)}</dd>,
      ])}
      {order.tip_minor > 0 &&
        !order.adjustments?.some(({ kind }) => kind === 'tip') && [
          <dt key="tip-name">{t('orders.adjustment.tip')}</dt>,
          <dd key="tip">{money(order.tip_minor)}</dd>,
        ]}
      <dt className={styles.total}>{t('orders.sum.total')}</dt>
      <dd className={styles.total}>{money(order.total_minor)}</dd>
      {added.map(
        ([name, minor]) =>
          minor !== 0 && [<dt key={`${name}-name`}>{name}</dt>, <dd key={name}>{money(minor)}</dd>],
      )}
    </dl>
  );
}
