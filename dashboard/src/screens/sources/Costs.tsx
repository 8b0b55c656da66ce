import { ActionIcon, Button, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Shop } from '../../api/model';
import { parseAmount } from '../../format/amount';
import { currencyName, formatMoney } from '../../format/money';
import { dayIn, formatDays } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Loaded } from '../../ui/page/Loaded';
import { Refused } from '../../ui/Refused';
import { ScrollTable } from '../../ui/table/ScrollTable';
import text from '../../ui/text.module.css';
import { COST, type Cost, costsQuery, isOfSources, type Source } from './queries';
import styles from './sources.module.css';

type Props = { shop: Shop; source: Source; mayChange: boolean };

/** What a link cost, by day. */
export function Costs({ shop, source, mayChange }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const query = useQuery(costsQuery(shop.id, source.id));
  return (
    <section aria-label={t('sources.costs')} className={styles.costs}>
      <h3 className={text.h2}>{t('sources.costs')}</h3>
      <p className={text.note}>{t('sources.costsWhat')}</p>
      {mayChange && <CostForm shop={shop} source={source} />}
      <Loaded query={query} height={120}>
        {(costs) =>
          costs.length > 0 && (
            <ScrollTable label={t('sources.costsTable')}>
              <thead>
                <tr>
                  <th scope="col">{t('sources.day')}</th>
                  <th scope="col">{t('sources.cost')}</th>
                  {mayChange && <th scope="col">{t('sources.drop')}</th>}
                </tr>
              </thead>
              <tbody>
                {costs.map((cost) => (
                  <tr key={cost.day}>
                    <th scope="row">{formatDays({ from: cost.day, to: cost.day }, language)}</th>
                    <td>{formatMoney(cost.amount_minor, cost.currency, language)}</td>
                    {mayChange && (
                      <td>
                        <Drop shop={shop} source={source} cost={cost} />
                      </td>
                    )}
                  </tr>
                ))}
              </tbody>
            </ScrollTable>
          )
        }
      </Loaded>
    </section>
  );
}

function CostForm({ shop, source }: Omit<Props, 'mayChange'>) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [day, setDay] = useState(() => dayIn(shop.timezone, new Date()));
  const [sum, setSum] = useState('');
  const amount = parseAmount(sum, shop.currency);
  const save = useMutation({
    mutationFn: () =>
      send('put', COST, {
        params: { path: { shop_id: shop.id, source_id: source.id, day } },
        body: { amount_minor: amount ?? 0, currency: shop.currency },
      }),
    onSuccess: () => {
      setSum('');
      return client.invalidateQueries({ predicate: isOfSources });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (amount) save.mutate();
  };
  return (
    <form className={styles.cost} noValidate onSubmit={submit}>
      <TextInput
        type="date"
        size="md"
        label={t('sources.day')}
        value={day}
        onChange={({ currentTarget }) => setDay(currentTarget.value)}
      />
      <TextInput
        size="md"
        inputMode="decimal"
        label={t('sources.costIn', { currency: currencyName(shop.currency) })}
        value={sum}
        onChange={({ currentTarget }) => setSum(currentTarget.value)}
      />
      <Button type="submit" size="md" variant="default" disabled={!amount} loading={save.isPending}>
        {t('sources.saveCost')}
      </Button>
      <Refused error={save.error} />
    </form>
  );
}

function Drop({ shop, source, cost }: Omit<Props, 'mayChange'> & { cost: Cost }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const drop = useMutation({
    mutationFn: () =>
      send('delete', COST, {
        params: { path: { shop_id: shop.id, source_id: source.id, day: cost.day } },
      }),
    onSettled: () => client.invalidateQueries({ predicate: isOfSources }),
  });
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={44}
      loading={drop.isPending}
      aria-label={t('sources.dropOf', { day: cost.day })}
      onClick={() => drop.mutate()}
    >
      <IconX size={18} />
    </ActionIcon>
  );
}
