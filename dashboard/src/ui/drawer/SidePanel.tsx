import { Drawer } from '@mantine/core';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../dialog/Dialog';
import styles from './drawer.module.css';
import { HalfFilled } from './halfFilled';

type Props = {
  isOpen: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
};

/**
 * One row's whole story beside the table it was opened from; all of the screen on a phone. Asks
 * before it closes over a form that is half-filled (which says so by a `LeaveGuard`).
 */
export function SidePanel({ isOpen, onClose, title, children }: Props) {
  const { t } = useTranslation();
  const changed = useRef(new Set<string>());
  const [isAsked, setAsked] = useState(false);
  const leave = () => (changed.current.size > 0 ? setAsked(true) : onClose());
  return (
    <Drawer
      opened={isOpen}
      onClose={leave}
      title={title}
      position="right"
      size="min(560px, 100vw)"
      classNames={{ title: styles.title, body: styles.body }}
      closeButtonProps={{ 'aria-label': t('close'), size: 44 }}
    >
      <HalfFilled value={changed.current}>{children}</HalfFilled>
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={t('form.leave')}
        action={t('form.leaveDo')}
        isDangerous
        isPending={false}
        error={null}
        onConfirm={() => {
          setAsked(false);
          onClose();
        }}
      >
        {t('form.leaveWhat')}
      </Confirm>
    </Drawer>
  );
}
