import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/model';
import { useLanguage } from '../../i18n';
import { Pill } from '../../ui/Pill';
import record from '../../ui/record/record.module.css';
import text from '../../ui/text.module.css';
import styles from './fraud.module.css';
import type { Case } from './queries';
import { Snooze } from './Snooze';
import { TONES, useFraudWords } from './words';

type Props = { doubt: Case; shop: Shop; maySnooze: boolean };

/** One doubt: how strong it is, and each rule that was hit, in words. */
export function Reasons({ doubt, shop, maySnooze }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = useFraudWords();
  return (
    <section className={styles.case} aria-label={doubt.title[language]}>
      <div className={record.head}>
        <span className={styles.score}>
          {words.scoreOf(doubt.score)}
          <span className={text.note}> / 100</span>
        </span>
        <b>{doubt.title[language]}</b>
        <Pill tone={TONES[doubt.outcome]}>{words.outcomeOf(doubt.outcome)}</Pill>
        {doubt.label && <Pill>{words.decisionOf(doubt.label)}</Pill>}
      </div>
      <ul className={styles.reasons}>
        {doubt.reasons.map((reason) => (
          <li key={reason.rule} className={styles.reason}>
            <span>{reason.words[language]}</span>
            <span className={styles.track} aria-hidden="true">
              <i style={{ width: `${Math.min(100, reason.contribution)}%` }} />
            </span>
            <span className={text.note}>
              {t('fraud.alone', { score: words.scoreOf(reason.contribution) })}
            </span>
            {maySnooze && <Snooze shop={shop} buyerNo={doubt.buyer_no} rule={reason.rule} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
