import { NativeSelect, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import layout from '../../ui/layout.module.css';
import { Pill, type Tone } from '../../ui/Pill';
import { Empty } from '../../ui/page/Empty';
import { Loaded } from '../../ui/page/Loaded';
import { type Column, DataTable } from '../../ui/table/DataTable';
import { type Filter, FilterChips } from '../../ui/table/FilterChips';
import { Filters } from '../../ui/table/Filters';
import { pagesOf } from '../../ui/table/pages';
import text from '../../ui/text.module.css';
import { isDay } from '../../view/view';
import styles from './access.module.css';
import type { Change } from './Links';
import { type Decision, type LogEntry, linksQuery, logFileOf, logQuery } from './queries';
import { type AccessSearch, DECISIONS } from './search';
import { useAccessWords } from './words';

export const LOG_ID = 'access-log';
const TONES: Record<Decision, Tone> = { allowed: 'good', refused: 'waiting', failed: 'bad' };

type Props = { search: AccessSearch; change: Change };

/** Every request to the panel's API, the newest first. */
export function AccessLog({ search, change }: Props) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(logQuery(search));
  const columns = useColumns();
  return (
    <section className={layout.stack} aria-labelledby={LOG_ID}>
      <div>
        <h2 className={text.h2} id={LOG_ID}>
          {t('access.log')}
        </h2>
        <p className={text.note}>{t('access.logWhat')}</p>
      </div>
      <Narrowing search={search} change={change} />
      <FilterChips filters={useFilters(search, change)} />
      <Loaded query={query} height={480}>
        {({ pages }) => (
          <DataTable
            label={t('access.log')}
            columns={columns}
            rows={pages.flat()}
            keyOf={({ id }) => id}
            {...pagesOf(query)}
            download={{ csv: logFileOf(search) }}
            empty={<Empty title={t('access.noLog')} what={t('access.noLogWhat')} />}
          />
        )}
      </Loaded>
    </section>
  );
}

function useColumns(): Column<LogEntry>[] {
  const { t } = useTranslation();
  const words = useAccessWords();
  const moment = dateFormat(useLanguage(), {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const whoOf = ({ link_id, label }: LogEntry) =>
    link_id === null ? t('access.nobody') : words.nameOf(label, link_id);
  const keyOf = ({ key_id }: LogEntry) =>
    key_id === null ? '' : ` · ${t('access.byKey', { id: key_id })}`;
  const outcomeOf = ({ status, reasons }: LogEntry) => [status, ...reasons].join(' · ');
  return [
    {
      id: 'at',
      title: t('access.column.at'),
      width: 150,
      cell: ({ at }) => <time dateTime={at}>{moment.format(new Date(at))}</time>,
      value: ({ at }) => at,
    },
    {
      id: 'who',
      title: t('access.column.who'),
      width: 170,
      cell: (entry) => whoOf(entry) + keyOf(entry),
      value: whoOf,
      onPhone: 'title',
    },
    {
      id: 'what',
      title: t('access.column.request'),
      width: 270,
      cell: ({ method, path }) => <span className={text.mono}>{`${method} ${path}`}</span>,
      value: ({ method, path }) => `${method} ${path}`,
    },
    {
      id: 'decision',
      title: t('access.column.outcome'),
      width: 190,
      cell: (entry) => (
        <span className={styles.who}>
          <Pill tone={TONES[entry.decision]}>{t(`access.decision.${entry.decision}`)}</Pill>
          <span className={text.note}>{outcomeOf(entry)}</span>
        </span>
      ),
      value: outcomeOf,
    },
    {
      id: 'place',
      title: t('access.column.place'),
      width: 180,
      cell: words.placeOf,
      value: words.placeOf,
    },
    {
      id: 'device',
      title: t('access.column.device'),
      width: 160,
      cell: ({ agent }) => agent || t('access.unknownDevice'),
      value: ({ agent }) => agent,
    },
  ];
}

function useFilters({ of, decision, first, last }: AccessSearch, change: Change): Filter[] {
  const { t } = useTranslation();
  const names: [keyof AccessSearch, string | undefined][] = [
    ['of', of === undefined ? undefined : t('access.linkNumber', { id: of })],
    ['decision', decision && t(`access.decision.${decision}`)],
    ['first', first && `${t('access.firstDay')}: ${first}`],
    ['last', last && `${t('access.lastDay')}: ${last}`],
  ];
  return names.flatMap(([key, name]) =>
    name ? [{ key, name, onDrop: () => change({ [key]: undefined }) }] : [],
  );
}

function Narrowing({ search, change }: Props) {
  const { t } = useTranslation();
  const words = useAccessWords();
  const { data: links = [] } = useQuery(linksQuery(search.ended ?? false));
  const names = links.map(({ id, label }) => ({
    value: String(id),
    label: words.nameOf(label, id),
  }));
  const chosen = search.of === undefined ? '' : String(search.of);
  const isListed = !chosen || names.some(({ value }) => value === chosen);
  return (
    <Filters>
      <NativeSelect
        label={t('access.logLink')}
        value={chosen}
        data={[
          { value: '', label: t('access.anyLink') },
          ...(isListed
            ? []
            : [{ value: chosen, label: t('access.linkNumber', { id: search.of }) }]),
          ...names,
        ]}
        onChange={({ currentTarget }) => change({ of: Number(currentTarget.value) || undefined })}
      />
      <NativeSelect
        label={t('access.column.outcome')}
        value={search.decision ?? ''}
        data={[
          { value: '', label: t('access.anyOutcome') },
          ...DECISIONS.map((value) => ({ value, label: t(`access.decision.${value}`) })),
        ]}
        onChange={({ currentTarget }) =>
          change({ decision: (currentTarget.value || undefined) as Decision | undefined })
        }
      />
      <DayField
        label={t('access.firstDay')}
        max={search.last}
        value={search.first}
        onPick={(first) => change({ first })}
      />
      <DayField
        label={t('access.lastDay')}
        min={search.first}
        value={search.last}
        onPick={(last) => change({ last })}
      />
    </Filters>
  );
}

type DayProps = {
  label: string;
  min?: string;
  max?: string;
  value: string | undefined;
  onPick: (day: string | undefined) => void;
};

/** A day; while its year is being typed, what is not yet one stays in the field alone. */
function DayField({ value, onPick, ...field }: DayProps) {
  const [typed, setTyped] = useState<string>();
  return (
    <TextInput
      type="date"
      {...field}
      value={typed ?? value ?? ''}
      onBlur={() => setTyped(undefined)}
      onChange={({ currentTarget }) => {
        const day = currentTarget.value;
        const isWhole = day === '' || isDay(day);
        setTyped(isWhole ? undefined : day);
        if (isWhole) onPick(day || undefined);
      }}
    />
  );
}
