import { Button, Modal } from '@mantine/core';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { HalfFilled } from '../drawer/halfFilled';
import { Refused } from '../Refused';
import styles from './dialog.module.css';
import { useThere } from './useThere';
import { Inside, useTopmost } from './useTopmost';

type DialogProps = {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  size?: 'sm' | 'md' | 'lg';
  children: ReactNode;
};

/** What lies over the screen asks before it closes over a form that is half-filled (which says so by
 * a `LeaveGuard`): `leave` closes or asks; `inside` is the content, with the question. */
export function useLeaving(onClose: () => void, children: ReactNode) {
  const { t } = useTranslation();
  const changed = useRef(new Set<string>());
  const [isAsked, setAsked] = useState(false);
  const leave = () => (changed.current.size > 0 ? setAsked(true) : onClose());
  const inside = (
    <>
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
    </>
  );
  return { leave, inside };
}

export function Dialog({ onClose, children, ...frame }: DialogProps) {
  const { leave, inside } = useLeaving(onClose, children);
  return (
    <Frame {...frame} onClose={leave}>
      {inside}
    </Frame>
  );
}

/** A dialog over the screen: within the viewport, closed by Esc; the focus returns to where it was. */
function Frame({ isOpen, onClose, title, size = 'md', children }: DialogProps) {
  const { t } = useTranslation();
  const isShown = useThere() && isOpen;
  const { isTopmost, inside } = useTopmost(isShown);
  return (
    <Modal
      opened={isShown}
      closeOnEscape={isTopmost}
      onClose={onClose}
      title={title}
      size={size}
      centered
      classNames={{ title: styles.title, body: styles.body }}
      closeButtonProps={{ 'aria-label': t('close'), size: 44 }}
    >
      <Inside value={inside}>{children}</Inside>
    </Modal>
  );
}

type ConfirmProps = Omit<DialogProps, 'size'> & {
  /** What the button that does it says: "Disconnect", never "OK". */
  action: string;
  isDangerous?: boolean;
  isPending: boolean;
  error: Error | null;
  onConfirm: () => void;
};

/** Asks before what cannot be undone; a refusal is told in place, and nothing is lost. */
export function Confirm({
  action,
  isDangerous = false,
  isPending,
  error,
  onConfirm,
  children,
  ...dialog
}: ConfirmProps) {
  const { t } = useTranslation();
  return (
    <Frame {...dialog}>
      <div className={styles.text}>{children}</div>
      <Refused error={error} />
      <div className={styles.actions}>
        <Button variant="default" onClick={dialog.onClose} data-autofocus>
          {t('cancel')}
        </Button>
        <Button color={isDangerous ? 'red' : undefined} loading={isPending} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Frame>
  );
}
