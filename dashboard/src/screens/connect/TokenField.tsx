import { PasswordInput, Skeleton } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { BotPreview } from '../../api/model';
import { isToken, tokenIn } from '../../parts/bots/bot';
import { useProblemText } from '../../ui/problem';
import text from '../../ui/text.module.css';
import styles from './connect.module.css';

type Props = {
  token: string;
  /** Where the bot is wanted; undefined: in a shop that is yet to be made. */
  shopId: number | undefined;
  /** The token is on its way to be connected: nobody asks whose it is. */
  isSending: boolean;
  error: string | undefined;
  onChange: (token: string) => void;
  /** Once Telegram has said whose the token is. */
  onSeen: (bot: BotPreview) => void;
};

/** The token's field; below it whose the token is, before anything is connected. */
export function TokenField({ token, shopId, isSending, error, onChange, onSeen }: Props) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const typed = token.trim();
  const isAsked = isToken(typed) && error === undefined;
  const { bot, unseen } = useWhose(isAsked ? typed : '', shopId, !isSending);
  const seen = useRef(onSeen);
  seen.current = onSeen;
  useEffect(() => {
    if (bot) seen.current(bot);
  }, [bot]);
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

/** Asked once a token, for each question is a login at Telegram; what was refused may be right for
 * another shop. */
function useWhose(token: string, shopId: number | undefined, mayAsk: boolean) {
  const client = useQueryClient();
  const { data, error } = useQuery({
    queryKey: ['bot-preview', token, shopId ?? null],
    queryFn: () =>
      send('post', '/api/v1/bots/preview', { body: { token, shop_id: shopId ?? null } }),
    initialData: () =>
      client
        .getQueriesData<BotPreview>({ queryKey: ['bot-preview', token] })
        .find(([, found]) => found)?.[1],
    enabled: token !== '' && mayAsk,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  return { bot: data, unseen: error };
}

/** What Telegram refuses is refused here, too. */
const REFUSALS: ReadonlySet<string> = new Set(['token_unknown', 'token_malformed', 'bot_taken']);

/** When Telegram says nothing, the bot may be connected unseen. */
const isUnanswered = (error: Error) =>
  error instanceof ApiError && error.code === 'lookup_unanswered';

/** A worker that is there has begun to look by then. */
const LONG_MS = 3_500;

/** Whether it takes so long that whoever waits should know that there is no need to. */
function useLong(): boolean {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return isLong;
}

function Looking() {
  const { t } = useTranslation();
  const isLong = useLong();
  return (
    <>
      <Skeleton circle h={56} />
      <span className={styles.names}>
        {isLong ? (
          <span className={text.note}>{t('connect.lookingLong')}</span>
        ) : (
          <>
            <Skeleton h={18} w={140} />
            <Skeleton h={14} w={100} mt={8} />
          </>
        )}
      </span>
    </>
  );
}

function Whose({ bot }: { bot: BotPreview | undefined }) {
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
        <Looking />
      )}
    </div>
  );
}
