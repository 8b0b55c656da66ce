import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Shop } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Refused } from '../../ui/Refused';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import { isOfFraud, SNOOZES, snoozesQuery } from './queries';

const DAYS = [7, 30] as const;

type Props = { shop: Shop; buyerNo: number; rule: string };

/** Lets a rule not count for this shopper for a time; then it counts again by itself. */
export function Snooze({ shop, buyerNo, rule }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const day = dateFormat(useLanguage(), { timeZone: shop.timezone, dateStyle: 'medium' });
  const { data = [] } = useQuery(snoozesQuery(shop.id, buyerNo));
  const path = { shop_id: shop.id, buyer_no: buyerNo, rule };
  const change = useMutation({
    mutationFn: (days: number) =>
      days
        ? send('put', `${SNOOZES}/{rule}`, { params: { path }, body: { days } })
        : send('delete', `${SNOOZES}/{rule}`, { params: { path } }),
    onSettled: () => client.invalidateQueries({ predicate: isOfFraud }),
  });
  const until = data.find((each) => each.rule === rule)?.until;
  return (
    <div className={record.buttons}>
      {until ? (
        <>
          <span className={text.note}>
            {t('fraud.snoozed', { day: day.format(new Date(until)) })}
          </span>
          <Button
            size="md"
            variant="subtle"
            loading={change.isPending}
            onClick={() => change.mutate(0)}
          >
            {t('fraud.countAgain')}
          </Button>
        </>
      ) : (
        DAYS.map((days) => (
          <Button
            key={days}
            size="md"
            variant="subtle"
            loading={change.isPending && change.variables === days}
            onClick={() => change.mutate(days)}
          >
            {t('fraud.snooze', { count: days })}
          </Button>
        ))
      )}
      <Refused error={change.error} />
    </div>
  );
}
