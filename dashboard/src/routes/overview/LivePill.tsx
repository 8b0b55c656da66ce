import { useTranslation } from 'react-i18next';
import { formatClock } from '../../format/time';
import { useLanguage } from '../../i18n';
import type { LiveStatus } from '../../live/stream';

type Props = { status: LiveStatus; asOf: string | undefined; timeZone: string | null | undefined };

/** Whether the figures move by themselves; when they do not, from what time they are. */
export function LivePill({ status, asOf, timeZone }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const time = asOf && formatClock(asOf, language, timeZone ?? undefined);
  return (
    <span className="live" data-status={status} role="status">
      <i aria-hidden="true" />
      {t(`live.${status}`)}
      {status !== 'live' && time && <span>{t('live.asOf', { time })}</span>}
    </span>
  );
}
