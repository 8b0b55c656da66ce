import { Button, Code, CopyButton } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/dialog/Dialog';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import styles from './access.module.css';
import type { NewLink } from './queries';
import { useAccessWords } from './words';

type Props = { made: NewLink | undefined; onClose: () => void };

/** A new link's address, this once. */
export function ShownOnce({ made, onClose }: Props) {
  return made && <Shown key={made.id} made={made} onClose={onClose} />;
}

function Shown({ made, onClose }: { made: NewLink; onClose: () => void }) {
  const { t } = useTranslation();
  const { nameOf } = useAccessWords();
  const [isCopied, setCopied] = useState(false);
  const [isWarned, setWarned] = useState(false);
  const address = `${location.origin}${made.path}`;
  // One press beside the dialog must not lose what nobody can show again.
  const leave = () => (isCopied || isWarned ? onClose() : setWarned(true));
  return (
    <Dialog isOpen onClose={leave} title={nameOf(made.label, made.id)}>
      <p className={styles.warning}>{t('access.once')}</p>
      <Code className={styles.secret}>{address}</Code>
      {isWarned && (
        <p role="alert" className={text.error}>
          {t('access.notCopied')}
        </p>
      )}
      <div className={record.buttons}>
        {/* The clipboard exists only on secure origins; elsewhere the address is there to select. */}
        {navigator.clipboard && (
          <CopyButton value={address}>
            {({ copied, copy }) => (
              <Button
                data-autofocus
                onClick={() => {
                  copy();
                  setCopied(true);
                }}
              >
                {t(copied ? 'access.copied' : 'access.copy')}
              </Button>
            )}
          </CopyButton>
        )}
        <Button variant="default" onClick={onClose}>
          {t('access.kept')}
        </Button>
      </div>
    </Dialog>
  );
}
