import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useThere } from '../ui/dialog/useThere';
import { useTopmost } from '../ui/dialog/useTopmost';
import styles from './menu.module.css';

type Props = { isOpen: boolean; onClose: () => void; children: ReactNode };

/** Every screen, on a phone. */
export function MenuSheet({ isOpen, onClose, children }: Props) {
  const { t } = useTranslation();
  const isShown = useThere() && isOpen;
  const { isTopmost } = useTopmost(isShown);
  return (
    <Drawer
      opened={isShown}
      closeOnEscape={isTopmost}
      onClose={onClose}
      position="bottom"
      size="85%"
      title={t('nav.all')}
      closeButtonProps={{ 'aria-label': t('close'), size: 44 }}
    >
      <nav aria-label={t('nav.all')} className={styles.sheet}>
        {children}
      </nav>
    </Drawer>
  );
}
