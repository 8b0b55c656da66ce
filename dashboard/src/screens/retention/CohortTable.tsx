import { useTranslation } from 'react-i18next';
import { formatCount, formatMoney, formatShare, majorUnits, NONE } from '../../format/money';
import { formatDays } from '../../format/time';
import { useLanguage } from '../../i18n';
import type { Cell } from '../../ui/table/columns';
import { SaveButton } from '../../ui/table/SaveButton';
import { ScrollTable } from '../../ui/table/ScrollTable';
import {
  agesOf,
  type Cohort,
  type CohortAge,
  type CohortsAnswer,
  levelOf,
  measureOf,
  peopleOf,
} from './queries';
import styles from './retention.module.css';
import type { Measure } from './search';

type Props = { answer: CohortsAnswer; measure: Measure };

/** Cohorts below one another, their ages side by side; the deeper the colour, the more. */
export function CohortTable({ answer, measure }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const ages = agesOf(answer);
  const values = answer.cohorts.flatMap((cohort) =>
    cohort.ages.map((age) => measureOf(age, measure) ?? 0),
  );
  const largest = Math.max(0, ...values);
  const label = t(`retention.measure.${measure}`);
  const nameOf = ({ first, last }: Cohort) => formatDays({ from: first, to: last }, language);
  const cells = (): Cell[][] => [
    [t('retention.cohort'), t('retention.size'), ...ages.map((age) => t('retention.day', { age }))],
    ...answer.cohorts.map((cohort) => [
      nameOf(cohort),
      cohort.size,
      ...ages.map((age) => written(cohort.ages, age, measure, answer.currency)),
    ]),
  ];
  return (
    <div className={styles.table}>
      <ScrollTable label={t('retention.tableOf', { what: label })} hasOwnFile>
        <thead>
          <tr>
            <th scope="col">{t('retention.cohort')}</th>
            <th scope="col">{t('retention.size')}</th>
            {ages.map((age) => (
              <th scope="col" key={age}>
                {t('retention.day', { age })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr className={styles.all}>
            <th scope="row">{t('retention.all')}</th>
            <td>{formatCount(sizeOf(answer), language)}</td>
            {answer.together.map((age) => (
              <AgeCell key={age.age} age={age} measure={measure} currency={answer.currency} />
            ))}
          </tr>
          {answer.cohorts.toReversed().map((cohort) => (
            <tr key={cohort.first}>
              <th scope="row">{nameOf(cohort)}</th>
              <td>{formatCount(cohort.size, language)}</td>
              {ages.map((each) => (
                <AgeCell
                  key={each}
                  age={cohort.ages.find(({ age }) => age === each)}
                  measure={measure}
                  currency={answer.currency}
                  largest={largest}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </ScrollTable>
      <SaveButton label={label} cells={cells} />
    </div>
  );
}

const sizeOf = ({ cohorts }: CohortsAnswer) => cohorts.reduce((sum, { size }) => sum + size, 0);

function written(
  ages: readonly CohortAge[],
  wanted: number,
  measure: Measure,
  currency: string,
): Cell {
  const age = ages.find(({ age: each }) => each === wanted);
  const value = age ? measureOf(age, measure) : null;
  return value !== null && measure === 'ltv' ? majorUnits(value, currency) : value;
}

type CellProps = {
  age: CohortAge | undefined;
  measure: Measure;
  currency: string;
  /** Of the table; absent: without a colour. */
  largest?: number;
};

function AgeCell({ age, measure, currency, largest }: CellProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  // An age that the cohort has not come to is empty, one whose value is not known a dash.
  if (!age) return <td className={styles.cell} aria-label={t('retention.notYet')} />;
  const value = measureOf(age, measure);
  const people = peopleOf(age, measure);
  const level = largest === undefined ? 0 : levelOf(value, largest);
  return (
    <td className={styles.cell} data-level={level || undefined}>
      {value === null
        ? NONE
        : measure === 'ltv'
          ? formatMoney(Math.round(value), currency, language)
          : formatShare(value, language)}
      {people !== null && <small>{formatCount(people, language)}</small>}
    </td>
  );
}
