import { useTranslation } from 'react-i18next';
import { formatCount, formatShare } from '../../format/money';
import { useLanguage } from '../../i18n';
import styles from './funnel.module.css';
import type { StepUsers } from './queries';

/** The steps below one another: people, and their share of those before and of the first. */
export function StepBars({ steps }: { steps: readonly StepUsers[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <ol className={styles.bars}>
      {steps.map(({ step, users, of_previous, of_first }, index) => (
        <li key={step}>
          <span className={styles.name}>{t(`funnelScreen.step.${step}`)}</span>
          <span className={styles.users}>{formatCount(users, language)}</span>
          <span className={styles.share}>
            {index > 0 &&
              t('funnelScreen.shares', {
                previous: formatShare(of_previous, language),
                first: formatShare(of_first, language),
              })}
          </span>
          <span className={styles.bar} aria-hidden="true">
            <span style={{ width: `${(of_first ?? 0) * 100}%` }} />
          </span>
        </li>
      ))}
    </ol>
  );
}
