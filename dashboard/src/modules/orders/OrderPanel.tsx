import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { meQuery } from '../../api/queries';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { SidePanel } from '../../ui/drawer/SidePanel';
import { Pill } from '../../ui/Pill';
import { Loaded } from '../../ui/page/Loaded';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { Note } from './Note';
import { OrderActions } from './OrderActions';
import { OrderHistory } from './OrderHistory';
import { OrderSums } from './OrderSums';
import { type OrderView, orderQuery } from './queries';
import { Refunds } from './Refunds';
import { TONES, useOrderWords } from './words';

type Props = { shop: Shop; botId: number; orderId: number | undefined; onClose: () => void };

/** One order beside the list: what it is, what happened, what can be done now. */
export function OrderPanel({ shop, botId, orderId, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <SidePanel isOpen={orderId !== undefined} onClose={onClose} title={t('orders.one')}>
      {orderId !== undefined && <Story key={orderId} {...{ shop, botId, orderId }} />}
    </SidePanel>
  );
}

function Story({ shop, botId, orderId }: { shop: Shop; botId: number; orderId: number }) {
  const query = useQuery(orderQuery(botId, orderId));
  const { data: me } = useQuery(meQuery);
  const mayChange = me?.role === 'owner';
  const delivers = (id: number) =>
    shop.bots.find((bot) => bot.id === id)?.modules.includes('delivery') ?? false;
  return (
    <Loaded query={query} height={480}>
      {(view) => (
        <div className={record.story}>
          <Head view={view} timeZone={shop.timezone} />
          {mayChange && (
            <OrderActions
              view={view}
              botId={view.order.bot_id}
              delivers={delivers(view.order.bot_id)}
            />
          )}
          <OrderSums order={view.order} />
          <People view={view} />
          <Refunds view={view} mayChange={mayChange} />
          {mayChange && <Note view={view} />}
          <OrderHistory view={view} timeZone={shop.timezone} />
        </div>
      )}
    </Loaded>
  );
}

function Head({ view: { order }, timeZone }: { view: OrderView; timeZone: string }) {
  const { t } = useTranslation();
  const words = useOrderWords();
  const moment = dateFormat(useLanguage(), { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  return (
    <div className={record.form}>
      <h2 className={text.h2}>{t('orders.number', { number: order.order_no })}</h2>
      <div className={record.buttons}>
        <Pill tone={order.attention ? 'bad' : TONES[order.status]}>
          {words.statusOf(order.status)}
        </Pill>
        {order.status === 'paid' && order.purpose !== 'top_up' && (
          <Pill>{words.stageOf(order.stage)}</Pill>
        )}
        <time dateTime={order.created_at}>{moment.format(new Date(order.created_at))}</time>
      </div>
      {order.attention && (
        <p role="alert" className={text.error}>
          {words.troubleOf(order.attention)}
        </p>
      )}
    </div>
  );
}

/** Whose it is, and what they wrote when they ordered. */
function People({ view: { order, buyer_name, parcels } }: { view: OrderView }) {
  const { t } = useTranslation();
  return (
    <dl className={record.facts}>
      <dt>{t('orders.column.buyer')}</dt>
      <dd>{buyer_name || t('orders.buyerNumber', { number: order.buyer_no })}</dd>
      {order.details?.map(({ field, label, value }) => [
        <dt key={`${field}-name`}>{label}</dt>,
        <dd key={field}>{value}</dd>,
      ])}
      {parcels.map(({ id, carrier, tracking_number }) => [
        <dt key={`${id}-name`}>{t('orders.parcel')}</dt>,
        <dd key={id}>{carrier ? `${carrier} · ${tracking_number}` : tracking_number}</dd>,
      ])}
    </dl>
  );
}
