import { Card } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FunnelStep } from '../../api/model';
import { formatCount, formatShare } from '../../format/money';
import { useLanguage } from '../../i18n';
import text from '../../ui/text.module.css';
import styles from './overview.module.css';

/** From the first tap to a paid order: people, and their share of those who started. */
export function Funnel({ steps }: { steps: FunnelStep[] }) {
  const { t, i18n } = useTranslation();
  const language = useLanguage();
  const first = steps[0]?.users ?? 0;
  const widest = Math.max(...steps.map(({ users }) => users), 1);
  return (
    <Card withBorder component="section" aria-labelledby="funnel-title">
      <h2 className={text.h2} id="funnel-title">
        {t('funnel.title')}
      </h2>
      {steps.length === 0 || widest === 0 ? (
        <p className={text.empty}>{t('funnel.empty')}</p>
      ) : (
        <ol className={styles.funnel}>
          {steps.map(({ step, users }) => (
            <li key={step}>
              <span className={styles.funnelName}>
                {i18n.exists(`funnel.${step}`) ? t(`funnel.${step}`) : step}
              </span>
              <span className={styles.funnelUsers}>{formatCount(users, language)}</span>
              <span className={styles.funnelShare}>
                {formatShare(first ? users / first : null, language)}
              </span>
              <span className={styles.funnelBar} aria-hidden="true">
                <span style={{ width: `${(users / widest) * 100}%` }} />
              </span>
            </li>
          ))}
        </ol>
      )}
      <p className={text.note}>{t('funnel.note')}</p>
    </Card>
  );
}
