import { Button, Switch, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { amountText, parseAmount } from '../../format/amount';
import { currencyName, formatMoney } from '../../format/money';
import { useLanguage } from '../../i18n';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { ORDER, type OrderPayment, type OrderView } from './queries';
import { useOrderChange } from './useOrderChange';

type Props = {
  order: OrderView['order'];
  payment: OrderPayment;
  /** What can still go back of it, in minor units. */
  left: number;
  onDone: () => void;
};

/** How much goes back, why, and whether the goods can be sold again. */
export function RefundForm({ order, payment, left, onDone }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  // Telegram takes back whole payments of Stars; one that does not fit its order goes back whole.
  const isWhole = payment.provider === 'stars' || payment.status === 'held';
  const [amount, setAmount] = useState(amountText(left, order.currency));
  const [reason, setReason] = useState('');
  const [putsBack, setPutsBack] = useState(false);
  const minor = parseAmount(amount, order.currency);
  const isRight = minor !== null && minor > 0 && minor <= left;
  const ask = useOrderChange(() =>
    send('post', `${ORDER}/refunds`, {
      params: { path: { bot_id: order.bot_id, order_id: order.id } },
      body: {
        payment_id: payment.id,
        amount_minor: isWhole ? null : minor,
        reason: reason.trim(),
        puts_back: putsBack,
      },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isRight) ask.mutate(undefined, { onSuccess: onDone });
  };
  const most = formatMoney(left, order.currency, language);
  return (
    <form noValidate onSubmit={submit} className={record.form}>
      {isWhole ? (
        <p>{t('orders.refundWhole', { amount: most })}</p>
      ) : (
        <TextInput
          size="md"
          label={t('orders.refundAmount', { currency: currencyName(order.currency) })}
          description={t('orders.refundMost', { amount: most })}
          inputMode="decimal"
          value={amount}
          error={isRight ? undefined : t('orders.refundWrong', { amount: most })}
          onChange={({ currentTarget }) => setAmount(currentTarget.value)}
          data-autofocus
        />
      )}
      <Textarea
        size="md"
        label={t('orders.reason')}
        maxLength={500}
        value={reason}
        onChange={({ currentTarget }) => setReason(currentTarget.value)}
      />
      {order.lines.length > 0 && payment.status === 'succeeded' && (
        <Switch
          size="md"
          label={t('orders.putsBack')}
          checked={putsBack}
          onChange={({ currentTarget }) => setPutsBack(currentTarget.checked)}
        />
      )}
      <p className={text.note}>
        {t(payment.provider === 'stars' ? 'orders.refundByTelegram' : 'orders.refundByHand')}
      </p>
      <Refused error={ask.error} />
      <Button type="submit" size="md" color="red" loading={ask.isPending} disabled={!isRight}>
        {t('orders.refundIt')}
      </Button>
    </form>
  );
}
