import { Card } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FunnelStep } from '../../api/contract';
import { formatCount, formatShare } from '../../format/money';
import { useLanguage } from '../../i18n';

/** From the first tap to a paid order: people, and their share of those who started. */
export function Funnel({ steps }: { steps: FunnelStep[] }) {
  const { t, i18n } = useTranslation();
  const language = useLanguage();
  const first = steps[0]?.users ?? 0;
  const widest = Math.max(...steps.map(({ users }) => users), 1);
  return (
    <Card withBorder component="section" aria-labelledby="funnel-title">
      <h2 className="h2" id="funnel-title">
        {t('funnel.title')}
      </h2>
      {steps.length === 0 || widest === 0 ? (
        <p className="empty">{t('funnel.empty')}</p>
      ) : (
        <ol className="funnel">
          {steps.map(({ step, users }) => (
            <li key={step}>
              <span className="funnel-name">
                {i18n.exists(`funnel.${step}`) ? t(`funnel.${step}`) : step}
              </span>
              <span className="funnel-users">{formatCount(users, language)}</span>
              <span className="funnel-share">
                {formatShare(first ? users / first : null, language)}
              </span>
              <span className="funnel-bar" aria-hidden="true">
                <span style={{ width: `${(users / widest) * 100}%` }} />
              </span>
            </li>
          ))}
        </ol>
      )}
      <p className="note">{t('funnel.note')}</p>
    </Card>
  );
}
