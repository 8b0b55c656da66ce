import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { useOnceKey } from '../../api/onceKey';
import { parseAmount } from '../../format/amount';
import { currencyName, formatMoney } from '../../format/money';
import { useLanguage } from '../../i18n';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { ENTRIES, isOfWallets, KINDS, type Kind, type WalletRow } from './queries';

const isOut = (kind: Kind, isLess: boolean) =>
  kind === 'payout' || (kind === 'adjustment' && isLess);

/** An owner's own change of a wallet, with its reason; the shopper is told. */
export function EntryForm({ botId, wallet }: { botId: number; wallet: WalletRow }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const client = useQueryClient();
  const { currency, buyer_no } = wallet;
  const { keyOf, forget } = useOnceKey();
  const [kind, setKind] = useState<Kind>('reward');
  const [way, setWay] = useState('more');
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const [isTried, setTried] = useState(false);
  const minus = isOut(kind, way === 'less');
  const amount = parseAmount(typed, currency);
  const most = wallet.balance_minor - wallet.held_minor;
  const isRight = amount !== null && amount > 0 && (!minus || amount <= most);
  const post = useMutation({
    mutationFn: () => {
      const entry = {
        kind,
        amount_minor: (minus ? -1 : 1) * (amount ?? 0),
        currency,
        reason: reason.trim(),
      };
      return send('post', ENTRIES, {
        params: { path: { bot_id: botId, buyer_no } },
        body: { ...entry, key: keyOf(entry) },
      });
    },
    onSuccess: forget,
    onSettled: () => client.invalidateQueries({ predicate: isOfWallets }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (isRight && reason.trim()) post.mutate();
  };
  return (
    <form noValidate onSubmit={submit} className={record.form} aria-label={t('wallet.change')}>
      <LeaveGuard isChanged={(typed !== '' || reason !== '') && !post.isPending} />
      <h3 className={text.h2}>{t('wallet.change')}</h3>
      <NativeSelect
        size="md"
        label={t('wallet.what')}
        description={t(`wallet.kindWhat.${kind}`)}
        value={kind}
        data={KINDS.map((value) => ({ value, label: t(`wallet.kind.${value}`) }))}
        onChange={({ currentTarget }) => setKind(currentTarget.value as Kind)}
      />
      {kind === 'adjustment' && (
        <NativeSelect
          size="md"
          label={t('wallet.way')}
          value={way}
          data={[
            { value: 'more', label: t('wallet.wayMore') },
            { value: 'less', label: t('wallet.wayLess') },
          ]}
          onChange={({ currentTarget }) => setWay(currentTarget.value)}
        />
      )}
      <TextInput
        size="md"
        inputMode="decimal"
        label={t('wallet.amount', { currency: currencyName(currency) })}
        value={typed}
        error={
          isTried &&
          !isRight &&
          (minus
            ? t('wallet.amountMost', { most: formatMoney(most, currency, language) })
            : t('wallet.amountWrong'))
        }
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      <TextInput
        size="md"
        label={t('wallet.reason')}
        description={t('wallet.reasonWhat')}
        maxLength={500}
        value={reason}
        error={isTried && !reason.trim() && t('wallet.reasonMissing')}
        onChange={({ currentTarget }) => setReason(currentTarget.value)}
      />
      <Refused error={post.error} />
      <div>
        <Button type="submit" size="md" loading={post.isPending}>
          {t('wallet.post')}
        </Button>
      </div>
    </form>
  );
}
