import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/dialog/Dialog';
import styles from './keys.module.css';

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

type Props = { isOpen: boolean; onClose: () => void };

export function KeysDialog({ isOpen, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t('shortcuts.title')}>
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
