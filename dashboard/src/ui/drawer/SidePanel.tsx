import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useLeaving } from '../dialog/Dialog';
import { Inside, useTopmost } from '../dialog/useTopmost';
import styles from './drawer.module.css';

type Props = {
  isOpen: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
};

/** One row's whole story beside the table it was opened from; all of the screen on a phone. */
export function SidePanel({ isOpen, onClose, title, children }: Props) {
  const { t } = useTranslation();
  const { leave, inside } = useLeaving(onClose, children);
  const { isTopmost, inside: layers } = useTopmost(isOpen);
  return (
    <Drawer
      opened={isOpen}
      closeOnEscape={isTopmost}
      onClose={leave}
      title={title}
      position="right"
      size="min(560px, 100vw)"
      classNames={{ title: styles.title, body: styles.body }}
      closeButtonProps={{ 'aria-label': t('close'), size: 44 }}
    >
      <Inside value={layers}>{inside}</Inside>
    </Drawer>
  );
}
