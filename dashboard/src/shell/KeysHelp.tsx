import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/dialog/Dialog';
import styles from './keys.module.css';

const FIELDS = 'input, textarea, select, [contenteditable], [role="dialog"]';
/** In the order in which they are listed; the texts say what each does. */
const KEYS = {
  today: ['D'],
  yesterday: ['E'],
  week: ['W'],
  month: ['M'],
  thirty: ['T'],
  ninety: ['Q'],
  year: ['Y'],
  move: ['←', '→'],
  compare: ['X'],
  shop: ['1', '…', '9'],
  allShops: ['0'],
  find: ['/', 'Ctrl+K'],
  escape: ['Esc'],
  help: ['?'],
} as const;

/** Every key of the panel, listed by a question mark. */
export function KeysHelp() {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '?' || (event.target as HTMLElement).closest?.(FIELDS)) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title={t('shortcuts.title')}>
      <dl className={styles.keys}>
        {Object.entries(KEYS).map(([name, keys]) => (
          <div key={name} className={styles.line}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(`shortcuts.${name}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
