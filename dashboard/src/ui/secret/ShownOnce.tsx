import { Button, Code, CopyButton } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../dialog/Dialog';
import record from '../record/record.module.css';
import text from '../text.module.css';
import styles from './secret.module.css';

type Props = {
  title: string;
  /** What it opens, and that it is not shown again. */
  warning: string;
  secret: string;
  /** What is to be done with it. */
  children?: ReactNode;
  onClose: () => void;
};

/** A secret that was made just now, this once. */
export function ShownOnce({ title, warning, secret, children, onClose }: Props) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const [isWarned, setWarned] = useState(false);
  // One press beside the dialog must not lose what nobody can show again.
  const leave = () => (isCopied || isWarned ? onClose() : setWarned(true));
  return (
    <Dialog isOpen onClose={leave} title={title}>
      <p className={styles.warning}>{warning}</p>
      <Code className={styles.secret}>{secret}</Code>
      {children}
      {isWarned && (
        <p role="alert" className={text.error}>
          {t('shownOnce.notCopied')}
        </p>
      )}
      <div className={record.buttons}>
        {/* The clipboard exists only on secure origins; elsewhere it is there to select. */}
        {navigator.clipboard && (
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button
                size="md"
                data-autofocus
                onClick={() => {
                  copy();
                  setCopied(true);
                }}
              >
                {t(copied ? 'shownOnce.copied' : 'shownOnce.copy')}
              </Button>
            )}
          </CopyButton>
        )}
        <Button size="md" variant="default" onClick={onClose}>
          {t('shownOnce.kept')}
        </Button>
      </div>
    </Dialog>
  );
}
