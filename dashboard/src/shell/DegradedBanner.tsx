import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { statusQuery } from '../api/queries';
import { formatClock } from '../format/time';
import { useLanguage } from '../i18n';
import styles from './shell.module.css';

/** What of the platform is away or behind, and what works meanwhile. */
export function DegradedBanner() {
  const { t } = useTranslation();
  const language = useLanguage();
  const { data } = useQuery(statusQuery);
  return data?.parts.map(({ part, explained, as_of }) => (
    <p key={part} className={styles.banner} role="status">
      <IconAlertTriangle size={20} aria-hidden="true" />
      <span>
        {explained[language]}
        {as_of && ` ${t('stale.asOf', { time: formatClock(as_of, language) })}`}
      </span>
    </p>
  ));
}
