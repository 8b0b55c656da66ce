import { Kbd, NativeSelect, Switch } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { Pill } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { Filters } from '../../ui/table/Filters';
import { pagesOf } from '../../ui/table/pages';
import text from '../../ui/text.module.css';
import { oneOf } from '../../view/addressParts';
import type { Change } from './FraudPage';
import styles from './fraud.module.css';
import { type Case, queueQuery } from './queries';
import { ABUSES, type FraudSearch, OUTCOMES } from './search';
import { useReviewKeys } from './useReviewKeys';
import { TONES, useFraudWords } from './words';

type Props = { shop: Shop; search: FraudSearch; change: Change };

/** Who waits for a decision, the highest score first. */
export function Queue({ shop, search, change }: Props) {
  const { t } = useTranslation();
  const words = useFraudWords();
  const query = useInfiniteQuery(queueQuery(shop.id, search));
  const columns = useColumns(shop.timezone);
  const open = ({ buyer_no, abuse }: Case, push: boolean) =>
    change({ buyer: buyer_no, about: abuse as FraudSearch['about'] }, { push });
  const first = query.data?.pages[0]?.cases[0];
  useReviewKeys((key) => {
    if (key === 'J' && search.buyer === undefined && first) open(first, true);
  });
  return (
    <>
      <Narrowing search={search} change={change} />
      <p className={`${text.note} ${styles.keys}`}>
        <Kbd>J</Kbd> <Kbd>K</Kbd> {t('fraud.keys.move')} <Kbd>A</Kbd> {t('fraud.keys.fine')}{' '}
        <Kbd>B</Kbd> {t('fraud.keys.fraud')} <Kbd>I</Kbd> {t('fraud.keys.ignore')} <Kbd>Z</Kbd>{' '}
        {t('fraud.keys.undo')}
      </p>
      <Loaded query={query} height={480}>
        {({ pages }) => (
          <DataTable
            label={t('fraud.part.queue')}
            columns={columns}
            rows={pages.flatMap(({ cases }) => cases)}
            keyOf={({ buyer_no, abuse }) => `${buyer_no} ${abuse}`}
            nameOf={({ first_name, buyer_no }) => words.whoOf(first_name, buyer_no)}
            onOpen={(row) => open(row, true)}
            {...pagesOf(query)}
            empty={
              search.kind || search.outcome || search.decided ? (
                <Empty title={t('fraud.noneSuch')} what={t('fraud.noneSuchWhat')} />
              ) : (
                <Empty title={t('fraud.none')} what={t('fraud.noneWhat')} />
              )
            }
          />
        )}
      </Loaded>
    </>
  );
}

function useColumns(timeZone: string): Column<Case>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = useFraudWords();
  const moment = dateFormat(language, {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  const whyOf = ({ reasons }: Case) => reasons[0]?.words[language] ?? '';
  return [
    {
      id: 'who',
      title: t('fraud.column.who'),
      width: 180,
      cell: ({ first_name, buyer_no }) => <b>{words.whoOf(first_name, buyer_no)}</b>,
      value: ({ buyer_no }) => buyer_no,
      onPhone: 'title',
    },
    {
      id: 'score',
      title: t('fraud.column.score'),
      width: 80,
      isNumber: true,
      cell: ({ score }) => <b>{words.scoreOf(score)}</b>,
      value: ({ score }) => score,
    },
    {
      id: 'outcome',
      title: t('fraud.column.outcome'),
      width: 150,
      cell: ({ outcome }) => <Pill tone={TONES[outcome]}>{words.outcomeOf(outcome)}</Pill>,
      value: ({ outcome }) => words.outcomeOf(outcome),
    },
    {
      id: 'abuse',
      title: t('fraud.column.abuse'),
      width: 190,
      cell: ({ title }) => title[language],
      value: ({ title }) => title[language],
    },
    {
      id: 'why',
      title: t('fraud.column.why'),
      width: 300,
      cell: whyOf,
      value: whyOf,
    },
    {
      id: 'seen',
      title: t('fraud.column.seen'),
      width: 130,
      cell: ({ seen_at }) => <time dateTime={seen_at}>{moment.format(new Date(seen_at))}</time>,
      value: ({ seen_at }) => seen_at,
    },
  ];
}

function Narrowing({ search, change }: { search: FraudSearch; change: Change }) {
  const { t } = useTranslation();
  const words = useFraudWords();
  return (
    <Filters>
      <NativeSelect
        size="md"
        aria-label={t('fraud.column.abuse')}
        value={search.kind ?? ''}
        data={[
          { value: '', label: t('fraud.anyAbuse') },
          ...ABUSES.map((value) => ({ value, label: words.abuseOf(value) })),
        ]}
        onChange={({ currentTarget }) => change({ kind: oneOf(ABUSES, currentTarget.value) })}
      />
      <NativeSelect
        size="md"
        aria-label={t('fraud.column.outcome')}
        value={search.outcome ?? ''}
        data={[
          { value: '', label: t('fraud.anyOutcome') },
          ...OUTCOMES.map((value) => ({ value, label: words.outcomeOf(value) })),
        ]}
        onChange={({ currentTarget }) => change({ outcome: oneOf(OUTCOMES, currentTarget.value) })}
      />
      <Switch
        size="md"
        label={t('fraud.withDecided')}
        checked={search.decided ?? false}
        onChange={({ currentTarget }) => change({ decided: currentTarget.checked || undefined })}
      />
    </Filters>
  );
}
