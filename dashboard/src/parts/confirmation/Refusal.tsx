import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { read } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { components } from '../../api/schema';
import { Pill, type Tone } from '../../ui/Pill';
import { useProblemText } from '../../ui/problem';
import text from '../../ui/text.module.css';
import styles from './confirmation.module.css';

const TONES: Record<string, Tone> = { waiting: 'waiting', confirmed: 'good', used: 'good' };
const ASKED_EVERY_MS = 3_000;

/** Asked for again until the owner has answered. */
const confirmationQuery = (id: string) => ({
  ...read('/api/v1/access/confirmations/{confirmation_id}', {
    params: { path: { confirmation_id: id } },
  }),
  staleTime: 0,
  refetchInterval: ({ state }: { state: { data?: Confirmation; status: string } }) =>
    state.status !== 'error' && (!state.data || state.data.state === 'waiting')
      ? ASKED_EVERY_MS
      : (false as const),
});
type Confirmation = components['schemas']['Confirmation'];

type Props = {
  error: Error | null;
  /** In the words of the screen; in everybody's unless said. */
  textOf?: (error: Error) => string;
};

/** Why a press did not go through; where the owner was asked in the chat, how that stands: once it
 * is confirmed there, the same press goes through. */
export function Refusal({ error, textOf }: Props) {
  const problemText = useProblemText();
  if (!error) return null;
  const asked = error instanceof ApiError ? error.confirmation : undefined;
  return (
    <div role="alert" className={styles.refusal}>
      <p className={asked ? undefined : text.error}>{(textOf ?? problemText)(error)}</p>
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
      {t(`confirmation.${state}`)}
    </Pill>
  );
}
