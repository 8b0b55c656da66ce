import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../api/errors';
import { Pill, type Tone } from '../../ui/Pill';
import text from '../../ui/text.module.css';
import styles from './access.module.css';
import { confirmationQuery } from './queries';
import { useAccessProblem } from './words';

const TONES: Record<string, Tone> = { waiting: 'waiting', confirmed: 'good', used: 'good' };

/** Why a press did not go through; where the owner was asked in the chat, how that stands: once it
 * is confirmed there, the same press goes through. */
export function Refusal({ error }: { error: Error | null }) {
  const problemText = useAccessProblem();
  if (!error) return null;
  const asked = error instanceof ApiError ? error.confirmation : undefined;
  return (
    <div role="alert" className={styles.refusal}>
      <p className={asked ? undefined : text.error}>{problemText(error)}</p>
      {asked && <Standing id={asked} />}
    </div>
  );
}

function Standing({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(confirmationQuery(id));
  const state = data?.state ?? 'waiting';
  return (
    <Pill tone={TONES[state] ?? 'bad'} isMoving={state === 'waiting'}>
      {t(`access.confirmation.${state}`)}
    </Pill>
  );
}
