import { Button, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { formatMoney } from '../../format/money';
import { useLanguage } from '../../i18n';
import { Dialog } from '../../ui/dialog/Dialog';
import { Pill, type Tone } from '../../ui/Pill';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import styles from './orders.module.css';
import { isOnItsWay, ORDER, type OrderPayment, type OrderRefund, type OrderView } from './queries';
import { RefundForm } from './RefundForm';
import { useOrderChange } from './useOrderChange';
import { useOrderWords } from './words';

const TONES: Record<OrderRefund['state'], Tone> = { asked: 'waiting', done: 'good', failed: 'bad' };
const WAYS = ['transfer', 'provider', 'crypto', 'cash', 'other'] as const;
type Way = (typeof WAYS)[number];

/** Money that went back, or is on its way; and the way to decide on more. */
export function Refunds({ view, mayChange }: { view: OrderView; mayChange: boolean }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<OrderPayment | null>(null);
  const { order, payments, refunds } = view;
  const asked = (id: number) =>
    refunds
      .filter(({ payment_id, state }) => payment_id === id && state === 'asked')
      .reduce((sum, { amount_minor }) => sum + amount_minor, 0);
  const open = payments.filter(
    ({ id, amount_minor, refunded_minor }) => amount_minor - refunded_minor - asked(id) > 0,
  );
  if (!refunds.length && !(mayChange && open.length)) return null;
  return (
    <section aria-label={t('orders.refunds')} className={record.form}>
      {refunds.length > 0 && <h3 className={text.h2}>{t('orders.refunds')}</h3>}
      {refunds.map((refund) => (
        <Refund key={refund.id} refund={refund} order={order} mayChange={mayChange} />
      ))}
      {mayChange && (
        <div className={record.buttons}>
          {open.map((payment) => (
            <PaymentButton key={payment.id} payment={payment} onChoose={setChosen} />
          ))}
        </div>
      )}
      <Dialog
        isOpen={chosen !== null}
        onClose={() => setChosen(null)}
        title={t('orders.refundTitle', { number: order.order_no })}
      >
        {chosen && (
          <RefundForm
            order={order}
            payment={chosen}
            left={chosen.amount_minor - chosen.refunded_minor - asked(chosen.id)}
            onDone={() => setChosen(null)}
          />
        )}
      </Dialog>
    </section>
  );
}

type ButtonProps = { payment: OrderPayment; onChoose: (payment: OrderPayment) => void };

function PaymentButton({ payment, onChoose }: ButtonProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = useOrderWords();
  const amount = formatMoney(payment.amount_minor, payment.currency, language);
  return (
    <Button size="md" variant="default" onClick={() => onChoose(payment)}>
      {t('orders.refundOf', { amount, method: words.methodOf(payment.provider) })}
    </Button>
  );
}

type Props = { refund: OrderRefund; order: OrderView['order']; mayChange: boolean };

function Refund({ refund, order, mayChange }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = useOrderWords();
  const [way, setWay] = useState<Way>('transfer');
  const path = { bot_id: order.bot_id, order_id: order.id, refund_id: refund.id };
  const sent = useOrderChange(() =>
    send('post', `${ORDER}/refunds/{refund_id}/sent`, { params: { path }, body: { way } }),
  );
  const giveUp = useOrderChange(() =>
    send('post', `${ORDER}/refunds/{refund_id}/give-up`, { params: { path } }),
  );
  const error = sent.error ?? giveUp.error;
  const isByHand = refund.state === 'asked' && !isOnItsWay(refund);
  return (
    <div className={styles.refund}>
      <div className={record.buttons}>
        <b>{formatMoney(refund.amount_minor, order.currency, language)}</b>
        <Pill tone={TONES[refund.state]}>{t(`orders.refundState.${refund.state}`)}</Pill>
        {refund.state === 'done' && <span>{words.methodOf(refund.way)}</span>}
      </div>
      {refund.reason && <p>{refund.reason}</p>}
      {refund.error && <p className={text.error}>{refund.error}</p>}
      {mayChange && isByHand && (
        <>
          <p className={text.note}>{t('orders.sendWhat')}</p>
          <div className={record.buttons}>
            <NativeSelect
              size="md"
              aria-label={t('orders.way')}
              value={way}
              data={WAYS.map((value) => ({ value, label: t(`orders.method.${value}`) }))}
              onChange={({ currentTarget }) => setWay(currentTarget.value as Way)}
            />
            <Button size="md" loading={sent.isPending} onClick={() => sent.mutate()}>
              {t('orders.sent')}
            </Button>
            <Button
              size="md"
              variant="default"
              loading={giveUp.isPending}
              onClick={() => giveUp.mutate()}
            >
              {t('orders.giveUp')}
            </Button>
          </div>
        </>
      )}
      <Refused error={error} />
    </div>
  );
}
