import { Button, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { Filters } from '../../ui/table/Filters';
import { pagesOf } from '../../ui/table/pages';
import text from '../../ui/text.module.css';
import { numberOf } from '../../view/addressParts';
import type { Change } from './FraudPage';
import { type Listed, listQuery } from './queries';
import type { FraudSearch } from './search';
import { useFraudWords } from './words';

type Props = { shop: Shop; part: 'allowed' | 'denied'; change: Change };

/** Whom no score counts for, or whose abuse a person has confirmed. */
export function Lists({ shop, part, change }: Props) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(listQuery(shop.id, part));
  const columns = useColumns(shop.timezone, part);
  return (
    <>
      <p className={text.note}>{t(`fraud.listWhat.${part}`)}</p>
      <FindBuyer onFind={(buyer) => change({ buyer, about: undefined }, { push: true })} />
      <Loaded query={query} height={320}>
        {({ pages }) => (
          <DataTable
            label={t(`fraud.part.${part}`)}
            columns={columns}
            rows={pages.flatMap(({ shoppers }) => shoppers)}
            keyOf={({ buyer_no, abuse }) => `${buyer_no} ${abuse}`}
            nameOf={({ buyer_no }) => t('fraud.buyer', { number: buyer_no })}
            onOpen={({ buyer_no, abuse }) =>
              change(
                { buyer: buyer_no, about: (abuse || undefined) as FraudSearch['about'] },
                { push: true },
              )
            }
            {...pagesOf(query)}
            empty={<Empty title={t('fraud.listNone')} what={t(`fraud.listNoneWhat.${part}`)} />}
          />
        )}
      </Loaded>
    </>
  );
}

/** Opens any shopper by their number, flagged or not. */
function FindBuyer({ onFind }: { onFind: (buyerNo: number) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [isWrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const buyerNo = numberOf(typed.trim());
    setWrong(buyerNo === undefined);
    if (buyerNo !== undefined) onFind(buyerNo);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Filters>
        <TextInput
          size="md"
          inputMode="numeric"
          label={t('fraud.findBuyer')}
          value={typed}
          error={isWrong && t('fraud.findWrong')}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <Button type="submit" size="md" variant="default" style={{ alignSelf: 'end' }}>
          {t('fraud.find')}
        </Button>
      </Filters>
    </form>
  );
}

function useColumns(timeZone: string, part: Props['part']): Column<Listed>[] {
  const { t } = useTranslation();
  const words = useFraudWords();
  const moment = dateFormat(useLanguage(), { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  const whatOf = ({ abuse }: Listed) => (abuse ? words.abuseOf(abuse) : t('fraud.everything'));
  return [
    {
      id: 'who',
      title: t('fraud.column.who'),
      width: 140,
      cell: ({ buyer_no }) => <b>{t('fraud.buyer', { number: buyer_no })}</b>,
      value: ({ buyer_no }) => buyer_no,
      onPhone: 'title',
    },
    ...(part === 'denied'
      ? [
          {
            id: 'abuse',
            title: t('fraud.column.abuse'),
            width: 220,
            cell: whatOf,
            value: whatOf,
          },
        ]
      : []),
    {
      id: 'note',
      title: t('fraud.note'),
      width: 260,
      cell: ({ note }) => note || '—',
      value: ({ note }) => note,
    },
    {
      id: 'since',
      title: t('fraud.column.since'),
      width: 170,
      cell: ({ since }) => <time dateTime={since}>{moment.format(new Date(since))}</time>,
      value: ({ since }) => since,
    },
  ];
}
