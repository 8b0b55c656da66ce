import { useTranslation } from 'react-i18next';
import type { Shown } from './queries';
import { partsOf } from './spans';
import styles from './texts.module.css';

const WEARS = { bold: styles.bold, italic: styles.italic, code: styles.code } as const;

/** A message as Telegram's chat shows it. */
export function Bubble({ name, shown }: { name: string; shown: Shown }) {
  const { t } = useTranslation();
  return (
    <figure className={styles.chat} aria-label={t('texts.preview')}>
      <div className={styles.bubble}>
        <b className={styles.name}>{name}</b>
        <p className={styles.words}>
          {partsOf(shown).map(({ at, words, wears }) => (
            <span key={at} className={wears.map((style) => WEARS[style]).join(' ') || undefined}>
              {words}
            </span>
          ))}
        </p>
      </div>
    </figure>
  );
}
