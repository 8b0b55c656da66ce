import { Button, NativeSelect, Switch, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { Bot, Shop } from '../../api/model';
import { currencyName } from '../../format/money';
import { LeaveGuard } from '../../ui/form/LeaveGuard';
import { useProblemText } from '../../ui/problem';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { draftOf, type Misfit, misfitOf, type Typed, typedOf } from './draft';
import { isOfCodes, type Kind, LIST, ONE, type PromoCode, productsQuery } from './queries';

const KINDS: readonly Kind[] = ['percent', 'amount', 'goods', 'shipping'];

type Props = { shop: Shop; bot: Bot; code?: PromoCode; onDone: () => void };

/** A new code, or a change of one. */
export function CodeForm({ shop, bot, code, onDone }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problemText = useProblemText();
  const currency = code?.currency ?? shop.currency;
  const [before] = useState(() => typedOf(code, currency, shop.timezone));
  const [typed, setTyped] = useState(before);
  const [misfit, setMisfit] = useState<Misfit>({});
  const save = useMutation({
    mutationFn: () => {
      const draft = draftOf(typed, currency, code);
      if (!code) return send('post', LIST, { params: { path: { bot_id: bot.id } }, body: draft });
      const path = { bot_id: bot.id, promo_id: code.id };
      const body = { ...draft, version: code.version, is_active: code.is_active };
      return send('put', ONE, { params: { path }, body });
    },
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ predicate: isOfCodes }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = misfitOf(typed, currency);
    setMisfit(found);
    if (Object.keys(found).length === 0) save.mutate();
  };
  const change = (part: Partial<Typed>) => setTyped({ ...typed, ...part });
  const isChanged = JSON.stringify(typed) !== JSON.stringify(before);
  return (
    <form noValidate onSubmit={submit} className={record.form}>
      <LeaveGuard isChanged={isChanged && !save.isSuccess} />
      <TextInput
        size="md"
        label={t('promo.column.code')}
        description={t('promo.codeWhat')}
        required
        maxLength={32}
        value={typed.code}
        onChange={({ currentTarget }) => change({ code: currentTarget.value })}
      />
      <Gives {...{ shop, typed, misfit, currency, change }} />
      <Bounds {...{ typed, misfit, currency, timeZone: shop.timezone, change }} />
      {save.error && (
        <p role="alert" className={text.error}>
          {save.error instanceof ApiError && save.error.status === 412
            ? t('promo.changedMeanwhile')
            : problemText(save.error)}
        </p>
      )}
      <Button
        type="submit"
        size="md"
        loading={save.isPending}
        disabled={!typed.code.trim() || (code !== undefined && !isChanged)}
      >
        {t(code ? 'promo.save' : 'promo.make')}
      </Button>
    </form>
  );
}

type PartProps = {
  typed: Typed;
  misfit: Misfit;
  currency: string;
  change: (part: Partial<Typed>) => void;
};

function useMisfitText(misfit: Misfit) {
  const { t } = useTranslation();
  return (key: keyof Typed) => misfit[key] && t(`promo.misfit.${misfit[key]}`);
}

/** What the code gives. */
function Gives({ shop, typed, misfit, currency, change }: PartProps & { shop: Shop }) {
  const { t } = useTranslation();
  const misfitText = useMisfitText(misfit);
  const products = useQuery({ ...productsQuery(shop.id), enabled: typed.kind === 'goods' });
  const names =
    products.data?.products.map(({ id, title }) => ({ value: String(id), label: title })) ?? [];
  const known = names.some(({ value }) => value === typed.gift);
  const chosen =
    typed.gift && !known ? [{ value: typed.gift, label: t('number', { number: typed.gift }) }] : [];
  return (
    <>
      <NativeSelect
        size="md"
        label={t('promo.column.gives')}
        value={typed.kind}
        data={KINDS.map((value) => ({ value, label: t(`promo.kind.${value}`) }))}
        onChange={({ currentTarget }) => change({ kind: currentTarget.value as Kind })}
      />
      {typed.kind === 'percent' && (
        <TextInput
          size="md"
          label={t('promo.share')}
          inputMode="decimal"
          value={typed.share}
          error={misfitText('share')}
          onChange={({ currentTarget }) => change({ share: currentTarget.value })}
        />
      )}
      {typed.kind === 'amount' && (
        <TextInput
          size="md"
          label={t('promo.amount', { currency: currencyName(currency) })}
          inputMode="decimal"
          value={typed.amount}
          error={misfitText('amount')}
          onChange={({ currentTarget }) => change({ amount: currentTarget.value })}
        />
      )}
      {typed.kind === 'goods' && (
        <NativeSelect
          size="md"
          label={t('promo.gift')}
          value={typed.gift}
          error={misfitText('gift')}
          data={[{ value: '', label: t('promo.chooseGift') }, ...chosen, ...names]}
          onChange={({ currentTarget }) => change({ gift: currentTarget.value })}
        />
      )}
    </>
  );
}

/** Whom it is for, how often, and when. */
function Bounds({ typed, misfit, currency, timeZone, change }: PartProps & { timeZone: string }) {
  const { t } = useTranslation();
  const misfitText = useMisfitText(misfit);
  const fields: [keyof Typed, string, 'numeric' | 'decimal'][] = [
    ['mostUses', t('promo.mostUses'), 'numeric'],
    ['mostPerBuyer', t('promo.mostPerBuyer'), 'numeric'],
    ['least', t('promo.least', { currency: currencyName(currency) }), 'decimal'],
  ];
  return (
    <>
      {fields.map(([key, label, inputMode]) => (
        <TextInput
          key={key}
          size="md"
          label={label}
          placeholder={t('promo.unlimited')}
          inputMode={inputMode}
          value={String(typed[key])}
          error={misfitText(key)}
          onChange={({ currentTarget }) => change({ [key]: currentTarget.value })}
        />
      ))}
      {(['starts', 'ends'] as const).map((key) => (
        <TextInput
          key={key}
          type="datetime-local"
          size="md"
          label={t(`promo.${key}`)}
          description={t('promo.byClock', { zone: timeZone })}
          value={typed[key]}
          error={misfitText(key)}
          onChange={({ currentTarget }) => change({ [key]: currentTarget.value })}
        />
      ))}
      <Switch
        size="md"
        label={t('promo.firstOnly')}
        checked={typed.firstOnly}
        onChange={({ currentTarget }) => change({ firstOnly: currentTarget.checked })}
      />
      <Switch
        size="md"
        label={t('promo.together')}
        checked={typed.isTogether}
        onChange={({ currentTarget }) => change({ isTogether: currentTarget.checked })}
      />
      <TextInput
        size="md"
        label={t('promo.note')}
        description={t('promo.noteWhat')}
        maxLength={200}
        value={typed.note}
        onChange={({ currentTarget }) => change({ note: currentTarget.value })}
      />
    </>
  );
}
