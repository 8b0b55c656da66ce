import { IconPlugConnectedX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ShownStatus } from '../live/stream';
import styles from './shell.module.css';

/** That the panel stands still, and that nobody has to do anything about it. */
export function ConnectionBanner({ status }: { status: ShownStatus }) {
  const { t } = useTranslation();
  if (status !== 'offline') return null;
  return (
    <p className={styles.banner} role="status">
      <IconPlugConnectedX size={20} aria-hidden="true" />
      {t('live.offlineWhat')}
    </p>
  );
}
