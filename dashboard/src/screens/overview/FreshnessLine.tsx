import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Freshness } from '../../api/model';
import { formatCount } from '../../format/money';
import { formatSpan } from '../../format/time';
import { useLanguage } from '../../i18n';
import styles from './overview.module.css';

/** Events that wait for longer than this are a delay worth a warning. */
const SLOW_SECONDS = 60;
/** Where the API stops counting those that wait. */
const COUNTED_UP_TO = 10_000;

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** How old the newest event is, and whether more are waiting to be counted. */
export function FreshnessLine({ freshness, asOf }: { freshness: Freshness; asOf: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const now = useNow();
  const { last_event_at, lag_seconds, outbox_waiting } = freshness;
  const slow = (lag_seconds ?? 0) > SLOW_SECONDS || outbox_waiting >= COUNTED_UP_TO;
  const more = outbox_waiting >= COUNTED_UP_TO ? '+' : '';
  const age = (iso: string) => formatSpan((now - Date.parse(iso)) / 1000, language);
  return (
    <p className={styles.freshness} data-slow={slow || undefined}>
      <span>
        {last_event_at
          ? t('freshness.lastEvent', { span: age(last_event_at) })
          : t('freshness.none')}
      </span>
      <span>
        {outbox_waiting
          ? t('freshness.waiting', {
              count: outbox_waiting,
              number: formatCount(outbox_waiting, language) + more,
            })
          : t('freshness.nothingWaiting')}
      </span>
      {lag_seconds !== null && outbox_waiting > 0 && (
        <span>{t('freshness.lag', { span: formatSpan(lag_seconds, language) })}</span>
      )}
      <span>{t('freshness.asOf', { span: age(asOf) })}</span>
      {slow && <b>{t('freshness.slow')}</b>}
    </p>
  );
}
