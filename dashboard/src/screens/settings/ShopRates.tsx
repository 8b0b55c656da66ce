import { Alert, Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Rate, Shop } from '../../api/model';
import { attentionQuery } from '../../api/queries';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import bots from '../../parts/bots/bots.module.css';
import { CurrencySelect } from '../../parts/bots/ShopSelects';
import layout from '../../ui/layout.module.css';
import { useProblemText } from '../../ui/problem';
import text from '../../ui/text.module.css';
import { ratesQuery } from './queries';

const RATE = /^\d{1,12}([.,]\d{1,12})?$/;

/** What other currencies are worth in the shop's own, each from a day on. */
export function ShopRates({ shop, onDone }: { shop: Shop; onDone: () => void }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const rates = useQuery(ratesQuery(shop.id));
  return (
    <section className={bots.form} aria-label={t('rates.title')}>
      <p className={text.note}>{t('rates.what', { currency: shop.currency })}</p>
      {rates.error && (
        <Alert role="alert" color="red" className={text.notice}>
          {problemText(rates.error)}
        </Alert>
      )}
      {rates.data?.length === 0 && <p>{t('rates.none')}</p>}
      <ul className={bots.bots}>
        {rates.data?.map((rate) => (
          <RateItem key={`${rate.currency}${rate.valid_from}`} shop={shop} rate={rate} />
        ))}
      </ul>
      <RateForm shop={shop} />
      <div className={layout.actions}>
        <Button size="md" variant="default" onClick={onDone}>
          {t('rates.close')}
        </Button>
      </div>
    </section>
  );
}

/** The answer of each change is the list as it is then. */
function useRates<T>(shop: Shop, change: (value: T) => Promise<Rate[]>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (rates) => {
      queries.setQueryData(ratesQuery(shop.id).queryKey, rates);
      void queries.invalidateQueries({ queryKey: attentionQuery.queryKey });
    },
  });
}

function RateItem({ shop, rate }: { shop: Shop; rate: Rate }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  // A day of the calendar, in whatever zone the browser is.
  const day = dateFormat(useLanguage(), { dateStyle: 'medium', timeZone: 'UTC' });
  const from = day.format(new Date(`${rate.valid_from}T00:00:00Z`));
  const drop = useRates(shop, () =>
    send('delete', '/api/v1/shops/{shop_id}/rates/{currency}/{valid_from}', {
      params: {
        path: { shop_id: shop.id, currency: rate.currency, valid_from: rate.valid_from },
      },
    }),
  );
  const worth = `1 ${rate.currency} = ${rate.rate.replace(/\.?0+$/, '')} ${shop.currency}`;
  return (
    <li className={bots.bot}>
      <div className={bots.head}>
        <b>{worth}</b>
        <span className={text.note}>{t('rates.from', { day: from })}</span>
        <Button
          size="md"
          variant="subtle"
          color="red"
          loading={drop.isPending}
          aria-label={t('rates.dropThis', { rate: worth, day: from })}
          onClick={() => drop.mutate(null)}
        >
          {t('rates.drop')}
        </Button>
      </div>
      {drop.error && <p role="alert">{problemText(drop.error)}</p>}
    </li>
  );
}

function RateForm({ shop }: { shop: Shop }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [currency, setCurrency] = useState(shop.currency === 'XTR' ? 'USD' : 'XTR');
  const [rate, setRate] = useState('');
  const [day, setDay] = useState('');
  const [refusal, setRefusal] = useState('');
  const add = useRates(shop, () =>
    send('put', '/api/v1/shops/{shop_id}/rates', {
      params: { path: { shop_id: shop.id } },
      body: { currency, valid_from: day, rate: rate.trim().replace(',', '.') },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const isRate = RATE.test(rate.trim()) && Number(rate.trim().replace(',', '.')) > 0;
    setRefusal(isRate ? '' : t('rates.noRate'));
    if (isRate && day) add.mutate(null, { onSuccess: () => setRate('') });
  };
  return (
    <form noValidate onSubmit={submit} className={layout.fields}>
      <CurrencySelect
        label={t('rates.currency')}
        without={shop.currency}
        value={currency}
        onChange={setCurrency}
      />
      <TextInput
        label={t('rates.rate', { currency: shop.currency })}
        inputMode="decimal"
        value={rate}
        error={refusal}
        onChange={({ currentTarget }) => setRate(currentTarget.value)}
      />
      <TextInput
        label={t('rates.day')}
        type="date"
        value={day}
        onChange={({ currentTarget }) => setDay(currentTarget.value)}
      />
      {add.error && (
        <Alert role="alert" color="red" className={text.notice}>
          {problemText(add.error)}
        </Alert>
      )}
      <div className={layout.actions}>
        <Button type="submit" size="md" disabled={!rate || !day} loading={add.isPending}>
          {t('rates.add')}
        </Button>
      </div>
    </form>
  );
}
