import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { formatCount } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Pill } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { pagesOf } from '../../ui/table/pages';
import text from '../../ui/text.module.css';
import type { Change } from './FraudPage';
import { type Action, actionsQuery } from './queries';
import { ABUSES, type Abuse } from './search';
import { useFraudWords } from './words';

type Props = { shop: Shop; change: Change };

/** What the shop's bots did about shoppers by themselves. */
export function Actions({ shop, change }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const query = useInfiniteQuery(actionsQuery(shop.id));
  const columns = useColumns(shop.timezone);
  const open = ({ buyer_no, abuse }: Action) =>
    change(
      { buyer: buyer_no, about: ABUSES.find((each): each is Abuse => each === abuse) },
      { push: true },
    );
  return (
    <>
      <p className={text.note}>{t('fraud.actionsWhat')}</p>
      <Loaded query={query} height={320}>
        {({ pages }) => (
          <DataTable
            label={t('fraud.part.actions')}
            columns={columns}
            rows={pages.flatMap(({ actions }) => actions)}
            keyOf={({ id }) => String(id)}
            nameOf={({ buyer_no, words }) =>
              `${t('fraud.buyer', { number: buyer_no })} · ${words[language]}`
            }
            onOpen={open}
            {...pagesOf(query)}
            empty={<Empty title={t('fraud.actionsNone')} what={t('fraud.actionsWhat')} />}
          />
        )}
      </Loaded>
    </>
  );
}

function useColumns(timeZone: string): Column<Action>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = useFraudWords();
  const moment = dateFormat(language, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  return [
    {
      id: 'buyer',
      title: t('fraud.column.who'),
      width: 160,
      cell: ({ buyer_no }) => words.whoOf('', buyer_no),
      value: ({ buyer_no }) => buyer_no,
      onPhone: 'title',
    },
    {
      id: 'action',
      title: t('fraud.column.action'),
      width: 280,
      cell: (action) => (
        <>
          {action.words[language]} {action.is_shadow && <Pill>{t('fraud.onlyNoted')}</Pill>}
        </>
      ),
      value: (action) => action.words[language],
    },
    {
      id: 'abuse',
      title: t('fraud.column.abuse'),
      width: 200,
      cell: ({ title }) => title[language],
      value: ({ title }) => title[language],
    },
    {
      id: 'times',
      title: t('fraud.column.times'),
      width: 90,
      isNumber: true,
      cell: ({ times }) => formatCount(times, language),
      value: ({ times }) => times,
    },
    {
      id: 'at',
      title: t('fraud.column.seen'),
      width: 180,
      cell: ({ last_at }) => <time dateTime={last_at}>{moment.format(new Date(last_at))}</time>,
      value: ({ last_at }) => last_at,
    },
  ];
}
