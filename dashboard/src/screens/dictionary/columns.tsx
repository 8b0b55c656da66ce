import { useTranslation } from 'react-i18next';
import { useLanguage } from '../../i18n';
import type { Metric } from '../../parts/figures/queries';
import { SCREENS } from '../../screens';
import type { Column } from '../../ui/table/DataTable';
import text from '../../ui/text.module.css';
import { ScreenLink } from '../../view/ScreenLink';
import styles from './dictionary.module.css';
import { type EventKind, shownOn } from './queries';

export function useMetricColumns(): Column<Metric>[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const screensOf = (metric: Metric) => shownOn(SCREENS, metric);
  return [
    {
      id: 'title',
      title: t('dictionary.column.metric'),
      width: 170,
      cell: ({ title, number }) => (
        <b>
          {title} <span className={text.note}>{t('dictionary.number', { number })}</span>
        </b>
      ),
      value: ({ title }) => title,
      isSortable: true,
      onPhone: 'title',
    },
    {
      id: 'formula',
      title: t('dictionary.column.formula'),
      width: 250,
      cell: ({ formula }) => formula,
      value: ({ formula }) => formula,
    },
    {
      id: 'unit',
      title: t('dictionary.column.unit'),
      width: 105,
      cell: ({ unit_title }) => unit_title,
      value: ({ unit_title }) => unit_title,
    },
    {
      id: 'grain',
      title: t('dictionary.column.grain'),
      width: 105,
      cell: ({ grain }) => grain,
      value: ({ grain }) => grain,
    },
    {
      id: 'table',
      title: t('dictionary.column.table'),
      width: 180,
      cell: ({ table, name }) => (
        <span className={text.mono}>
          {table}
          <wbr />.{name}
        </span>
      ),
      value: ({ table, name }) => `${table}.${name}`,
      isSortable: true,
    },
    {
      id: 'freshness',
      title: t('dictionary.column.freshness'),
      width: 120,
      cell: ({ freshness }) => freshness,
      value: ({ freshness }) => freshness,
    },
    {
      id: 'screens',
      title: t('dictionary.column.screens'),
      width: 150,
      cell: (metric) => {
        const screens = screensOf(metric);
        if (screens.length === 0) return t('dictionary.byQuery');
        return (
          <span className={styles.screens}>
            {screens.map(({ path, title }) => (
              <ScreenLink key={path} to={path} className={text.link}>
                {title[language]}
              </ScreenLink>
            ))}
          </span>
        );
      },
      value: (metric) =>
        screensOf(metric)
          .map(({ title }) => title[language])
          .join(', '),
    },
  ];
}

export function useEventColumns(): Column<EventKind>[] {
  const { t } = useTranslation();
  return [
    {
      id: 'title',
      title: t('dictionary.column.event'),
      width: 220,
      cell: ({ title }) => <b>{title}</b>,
      value: ({ title }) => title,
      isSortable: true,
      onPhone: 'title',
    },
    {
      id: 'name',
      title: t('dictionary.column.name'),
      width: 220,
      cell: ({ name }) => <span className={text.mono}>{name}</span>,
      value: ({ name }) => name,
      isSortable: true,
    },
    {
      id: 'group',
      title: t('dictionary.column.group'),
      width: 130,
      cell: ({ group }) => group,
      value: ({ group }) => group,
      isSortable: true,
    },
    {
      id: 'by',
      title: t('dictionary.column.by'),
      width: 260,
      cell: ({ emitted_by }) => emitted_by.join(', ') || t('dictionary.byIntake'),
      value: ({ emitted_by }) => emitted_by.join(', '),
    },
    {
      id: 'version',
      title: t('dictionary.column.version'),
      width: 90,
      isNumber: true,
      cell: ({ version }) => version,
      value: ({ version }) => version,
    },
  ];
}
