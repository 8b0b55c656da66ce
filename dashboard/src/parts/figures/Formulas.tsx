import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { LinkButton } from '../../ui/LinkButton';
import textStyles from '../../ui/text.module.css';
import { ScreenLink } from '../../view/ScreenLink';
import styles from './figures.module.css';
import { dictionaryQuery, keyOfMetric } from './queries';

type Props = {
  /** As the dictionary has them: `cohort_day.retention`. */
  metrics: readonly string[];
  /** When the figures were read. */
  asOf?: string | number;
  /** What else is to be known of these figures, in a sentence. */
  note?: string;
  /** The table whose rows are behind the figures, and the days that are meant. */
  rows?: { table: string; from?: string; to?: string; shops: readonly number[] };
};

/** How the figures of a screen are counted, how fresh they are, and the way to their rows. */
export function Formulas({ metrics, asOf, note, rows }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  // Most readers never ask, and an overview is read the whole day.
  const [isOpen, setOpen] = useState(false);
  const { data } = useQuery({ ...dictionaryQuery(language), enabled: isOpen });
  const meant = data?.filter((metric) => metrics.includes(keyOfMetric(metric)));
  const moment = dateFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <section className={styles.formulas} aria-label={t('figure.label')}>
      <div className={styles.line}>
        {asOf !== undefined && (
          <span>{t('figure.asOf', { time: moment.format(new Date(asOf)) })}</span>
        )}
        {note && <span>{note}</span>}
      </div>
      <details
        className={styles.details}
        onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      >
        <summary>{t('figure.how')}</summary>
        <dl className={styles.list}>
          {meant?.map((metric) => (
            <div key={keyOfMetric(metric)}>
              <dt>
                <ScreenLink
                  to="/dictionary"
                  search={{ words: metric.name }}
                  className={textStyles.link}
                >
                  {metric.title}
                </ScreenLink>
              </dt>
              <dd>{metric.formula}</dd>
              <dd className={textStyles.note}>{metric.freshness}</dd>
            </div>
          ))}
        </dl>
      </details>
      {rows && (
        <div>
          <LinkButton
            to="/exports"
            variant="default"
            search={{
              table: rows.table,
              first: rows.from,
              last: rows.to,
              shops: rows.shops.length ? [...rows.shops] : undefined,
            }}
          >
            {t('figure.rows')}
          </LinkButton>
        </div>
      )}
    </section>
  );
}
