import { PasswordInput, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { ApiError } from '../../api/errors';
import { isToken, tokenIn } from '../../parts/bots/bot';
import { useProblemText } from '../../ui/problem';
import text from '../../ui/text.module.css';
import styles from './connect.module.css';

type Props = { token: string; error: string | undefined; onChange: (token: string) => void };

/** The token's field; below it whose the token is, before anything is connected. */
export function TokenField({ token, error, onChange }: Props) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const typed = token.trim();
  const isAsked = isToken(typed) && error === undefined;
  const { data: bot, error: unseen } = useQuery({
    ...whose(isAsked ? typed : ''),
    enabled: isAsked,
  });
  const isRefused = isAsked && unseen instanceof ApiError && REFUSALS.has(unseen.code);
  return (
    <>
      <PasswordInput
        label={t('connect.token')}
        description={t('connect.tokenWhat')}
        placeholder="123456789:AAE…"
        autoComplete="off"
        spellCheck={false}
        required
        value={token}
        error={isRefused ? <span role="alert">{problemText(unseen)}</span> : error}
        aria-invalid={isRefused || error !== undefined}
        onChange={({ currentTarget }) => onChange(tokenIn(currentTarget.value))}
        visibilityToggleButtonProps={{ 'aria-label': t('bot.showToken'), tabIndex: 0 }}
      />
      {isAsked &&
        !isRefused &&
        (unseen ? (
          <p role="alert" className={text.note}>
            {isUnanswered(unseen) ? t('connect.unseen') : problemText(unseen)}
          </p>
        ) : (
          <Whose bot={bot} />
        ))}
    </>
  );
}

/** Asked once a token: each question is a login at Telegram. */
const whose = (token: string) => ({
  queryKey: ['bot-preview', token],
  queryFn: () => send('post', '/api/v1/bots/preview', { body: { token } }),
  retry: false,
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
});

/** What Telegram refuses is refused here, too. */
const REFUSALS: ReadonlySet<string> = new Set(['token_unknown', 'token_malformed', 'bot_taken']);

/** When Telegram says nothing, the bot may be connected unseen. */
const isUnanswered = (error: Error) =>
  error instanceof ApiError && error.code === 'lookup_unanswered';

type Bot = Awaited<ReturnType<ReturnType<typeof whose>['queryFn']>>;

function Whose({ bot }: { bot: Bot | undefined }) {
  const { t } = useTranslation();
  return (
    <div className={styles.whose} role="status" aria-label={bot ? undefined : t('connect.looking')}>
      {bot ? (
        <>
          {bot.photo ? (
            <img
              className={styles.face}
              src={`data:image/jpeg;base64,${bot.photo}`}
              alt=""
              width={56}
              height={56}
            />
          ) : (
            <span className={styles.face} aria-hidden="true">
              {(bot.title || bot.username || '?').slice(0, 1).toUpperCase()}
            </span>
          )}
          <span className={styles.names}>
            <b>{bot.title}</b>
            {bot.username && <span className={text.note}>@{bot.username}</span>}
          </span>
        </>
      ) : (
        <>
          <Skeleton circle h={56} />
          <span className={styles.names}>
            <Skeleton h={18} w={140} />
            <Skeleton h={14} w={100} mt={8} />
          </span>
        </>
      )}
    </div>
  );
}
