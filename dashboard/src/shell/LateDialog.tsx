import { Button, Loader } from '@mantine/core';
import { type ReactNode, Suspense, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Boundary } from '../ui/Boundary';
import { ErrorCard } from '../ui/ErrorCard';
import styles from './late.module.css';

type Props = { isOpen: boolean; onClose: () => void; dialog: ReactNode };

/** A dialog whose code is no part of the first load: it comes when it is first opened, and stays.
 * Until then, and if it does not come, a small one in its place says so. */
export function LateDialog({ isOpen, onClose, dialog }: Props) {
  const { t } = useTranslation();
  const wasOpen = useRef(false);
  if (isOpen) wasOpen.current = true;
  if (!wasOpen.current) return null;
  const waiting = isOpen && (
    <Instead name={t('loading')} onClose={onClose} isQuiet>
      <div role="status" className={styles.waiting}>
        <Loader size="sm" aria-hidden="true" />
        {t('loading')}
      </div>
    </Instead>
  );
  return (
    <Boundary
      again={isOpen}
      instead={(error, onRetry) =>
        isOpen && (
          <Instead name={t('error.title')} onClose={onClose}>
            <ErrorCard error={error} onRetry={onRetry} />
          </Instead>
        )
      }
    >
      <Suspense fallback={waiting}>{dialog}</Suspense>
    </Boundary>
  );
}

type InsteadProps = {
  name: string;
  onClose: () => void;
  /** Not seen in the first moments: what comes at once shall not flash. */
  isQuiet?: boolean;
  children: ReactNode;
};

/** The browser's own dialog: it needs no code, keeps the focus in and gives it back. */
function Instead({ name, onClose, isQuiet, children }: InsteadProps) {
  const { t } = useTranslation();
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // By the time that the awaited dialog asks where the focus was it is back there.
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className={styles.instead}
      data-quiet={isQuiet || undefined}
      aria-label={name}
      onCancel={onClose}
    >
      {children}
      <Button size="md" variant="subtle" onClick={onClose}>
        {t('close')}
      </Button>
    </dialog>
  );
}
