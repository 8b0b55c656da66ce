import { Button, Switch, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { Confirm, Dialog } from '../../ui/dialog/Dialog';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { ORDER, type OrderView, type Stage } from './queries';
import { useOrderChange } from './useOrderChange';
import { useOrderWords } from './words';

/** What may keep goods back that only an owner then hands over. */
const KEPT_BACK = ['undelivered', 'doubted'];

type Props = {
  view: OrderView;
  botId: number;
  /** Whether its bot hands out digital goods. */
  delivers: boolean;
};

/** What can be done with an order in its state. */
export function OrderActions({ view, botId, delivers }: Props) {
  const { t } = useTranslation();
  const words = useOrderWords();
  const [isAsked, setAsked] = useState(false);
  const [isSending, setSending] = useState(false);
  const { order, next_stages, payments } = view;
  const path = { bot_id: botId, order_id: order.id };
  const move = useOrderChange((stage: Stage) =>
    send('post', `${ORDER}/stage`, { params: { path }, body: { stage } }),
  );
  const cancel = useOrderChange(() => send('post', `${ORDER}/cancel`, { params: { path } }));
  const accept = useOrderChange((payment: number) =>
    send('post', '/api/v1/bots/{bot_id}/modules/orders/payments/{payment_id}/accept', {
      params: { path: { bot_id: botId, payment_id: payment } },
    }),
  );
  const handOver = useOrderChange(() =>
    send('post', '/api/v1/bots/{bot_id}/modules/delivery/deliveries/{order_id}/hand-over', {
      params: { path },
    }),
  );
  const mayHandOver = delivers && KEPT_BACK.includes(order.attention ?? '');
  const held = payments.find(({ status }) => status === 'held');
  const error = move.error ?? accept.error ?? handOver.error;
  const mayCancel = order.status === 'created';
  if (!next_stages.length && !mayCancel && !held && !mayHandOver) return null;
  return (
    <div className={record.form}>
      <div className={record.buttons}>
        {next_stages.map((stage) => (
          <Button
            key={stage}
            size="md"
            variant={stage === next_stages[0] ? 'filled' : 'default'}
            loading={move.isPending && move.variables === stage}
            onClick={() => move.mutate(stage)}
          >
            {words.stageOf(stage)}
          </Button>
        ))}
        {next_stages.length > 0 && (
          <Button size="md" variant="default" onClick={() => setSending(true)}>
            {t('orders.addParcel')}
          </Button>
        )}
        {mayHandOver && (
          <Button size="md" loading={handOver.isPending} onClick={() => handOver.mutate()}>
            {t('orders.handOver')}
          </Button>
        )}
        {held && (
          <Button size="md" loading={accept.isPending} onClick={() => accept.mutate(held.id)}>
            {t('orders.accept')}
          </Button>
        )}
        {mayCancel && (
          <Button size="md" variant="default" color="red" onClick={() => setAsked(true)}>
            {t('orders.cancelIt')}
          </Button>
        )}
      </div>
      {next_stages.length > 0 && <p className={text.note}>{t('orders.isTold')}</p>}
      {mayHandOver && (
        <p className={text.note} role="status">
          {t(handOver.isSuccess ? 'orders.handedOver' : 'orders.handOverWhat')}
        </p>
      )}
      {held && <p className={text.note}>{t('orders.acceptWhat')}</p>}
      <Refused error={error} />
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={t('orders.cancelTitle', { number: order.order_no })}
        action={t('orders.cancelIt')}
        isDangerous
        isPending={cancel.isPending}
        error={cancel.error}
        onConfirm={() => cancel.mutate(undefined, { onSuccess: () => setAsked(false) })}
      >
        {t('orders.cancelWhat')}
      </Confirm>
      <Dialog isOpen={isSending} onClose={() => setSending(false)} title={t('orders.addParcel')}>
        <ParcelForm path={path} onDone={() => setSending(false)} />
      </Dialog>
    </div>
  );
}

type ParcelProps = { path: { bot_id: number; order_id: number }; onDone: () => void };

function ParcelForm({ path, onDone }: ParcelProps) {
  const { t } = useTranslation();
  const [carrier, setCarrier] = useState('');
  const [tracking, setTracking] = useState('');
  const [ships, setShips] = useState(true);
  const add = useOrderChange(() =>
    send('post', `${ORDER}/parcels`, {
      params: { path },
      body: { carrier: carrier.trim(), tracking_number: tracking.trim(), ships },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined, { onSuccess: onDone });
  };
  return (
    <form onSubmit={submit} className={record.form}>
      <TextInput
        size="md"
        label={t('orders.tracking')}
        required
        maxLength={100}
        value={tracking}
        onChange={({ currentTarget }) => setTracking(currentTarget.value)}
        data-autofocus
      />
      <TextInput
        size="md"
        label={t('orders.carrier')}
        maxLength={64}
        value={carrier}
        onChange={({ currentTarget }) => setCarrier(currentTarget.value)}
      />
      <Switch
        size="md"
        label={t('orders.ships')}
        checked={ships}
        onChange={({ currentTarget }) => setShips(currentTarget.checked)}
      />
      <Refused error={add.error} />
      <Button type="submit" size="md" loading={add.isPending} disabled={!tracking.trim()}>
        {t('orders.addParcel')}
      </Button>
    </form>
  );
}
