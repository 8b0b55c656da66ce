import { useTranslation } from 'react-i18next';
import { formatClock } from '../../format/time';
import { useLanguage } from '../../i18n';
import type { ShownStatus } from '../../live/stream';
import { Pill, type Tone } from '../../ui/Pill';

const TONES: Record<ShownStatus, Tone> = {
  connecting: 'plain',
  live: 'good',
  reconnecting: 'waiting',
  offline: 'bad',
  ended: 'bad',
  paused: 'plain',
  polling: 'good',
  away: 'bad',
};

type Props = { status: ShownStatus; asOf: string | undefined; timeZone: string | null | undefined };

/** Whether the figures move by themselves; when they do not, from what time they are. */
export function LivePill({ status, asOf, timeZone }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const time = asOf && formatClock(asOf, language, timeZone ?? undefined);
  return (
    <Pill tone={TONES[status]} isMoving={status === 'live'} role="status">
      {t(`live.${status}`)}
      {status !== 'live' && time && <span>{t('live.asOf', { time })}</span>}
    </Pill>
  );
}
