import { useTranslation } from 'react-i18next';
import text from '../../ui/text.module.css';
import styles from './connect.module.css';

/** What an observing session can and cannot see, said before it is connected. */
export function ObserveLimits() {
  const { t } = useTranslation();
  const list = (key: string) => t(key).split('\n');
  return (
    <fieldset>
      <legend className={text.h2}>4. {t('observe.title')}</legend>
      <div className={styles.observe}>
        <div>
          <b>{t('observe.seesTitle')}</b>
          <ul>
            {list('observe.sees').map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
        <div>
          <b>{t('observe.missesTitle')}</b>
          <ul>
            {list('observe.misses').map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
      </div>
      <p className={text.note}>{t('observe.rest')}</p>
    </fieldset>
  );
}
