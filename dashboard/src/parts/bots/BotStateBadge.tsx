import { useTranslation } from 'react-i18next';
import type { BotState } from '../../api/model';
import { Pill, type Tone } from '../../ui/Pill';

const TONES: Record<BotState, Tone> = {
  queued: 'waiting',
  starting: 'waiting',
  running: 'good',
  failed: 'bad',
  stopped: 'plain',
};

export function BotStateBadge({ state }: { state: BotState }) {
  const { t } = useTranslation();
  return (
    <Pill tone={TONES[state]} isMoving={TONES[state] === 'waiting'}>
      {t(`botState.${state}`)}
    </Pill>
  );
}
