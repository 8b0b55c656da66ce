import { Alert, Card } from '@mantine/core';
import { IconCircle, IconCircleCheck, IconCircleDot } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '../../api/client';
import type { Bot, BotState } from '../../api/model';
import { attentionQuery, shopsQuery } from '../../api/queries';
import { BotPhoto } from '../../parts/bots/BotPhoto';
import { BotStateBadge } from '../../parts/bots/BotStateBadge';
import { useBotName, useReasonText } from '../../parts/bots/bot';
import bots from '../../parts/bots/bots.module.css';
import { CopyLink } from '../../ui/CopyLink';
import { LinkButton } from '../../ui/LinkButton';
import layout from '../../ui/layout.module.css';
import steps from '../../ui/steps/steps.module.css';
import text from '../../ui/text.module.css';
import { useScreenSearch } from '../../view/useScreenSearch';
import styles from './connect.module.css';
import { IntakeKey } from './IntakeKey';
import { forgetDraft } from './kept';
import { NextSteps } from './NextSteps';
import { parseConnectSearch } from './search';

const WAY_UP = ['queued', 'starting', 'running'] as const;
const SLOW_MS = 20_000;

/** True once a bot has stayed in one state longer than a healthy worker needs. */
function useSlow(since: string): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    setSlow(false);
    const left = Date.parse(since) + SLOW_MS - Date.now();
    const timer = setTimeout(() => setSlow(true), Math.max(0, left));
    return () => clearTimeout(timer);
  }, [since]);
  return slow;
}

/** A token that Telegram never knew leaves nothing behind: no dead bot, no alarm. */
function useNothingLeft(bot: Bot): void {
  const client = useQueryClient();
  const [, setPlace] = useScreenSearch(parseConnectSearch);
  const isStillborn =
    bot.state === 'failed' && bot.state_reason === 'token_invalid' && bot.username === null;
  const { mutate } = useMutation({
    mutationFn: (id: number) =>
      send('delete', '/api/v1/bots/{bot_id}', { params: { path: { bot_id: id } } }),
    onSuccess: async () => {
      setPlace({ shop: bot.shop_id, bot: undefined, refused: true });
      void client.invalidateQueries({ queryKey: attentionQuery.queryKey });
      await client.invalidateQueries({ queryKey: shopsQuery.queryKey });
    },
  });
  useEffect(() => {
    if (isStillborn) mutate(bot.id);
  }, [isStillborn, bot.id, mutate]);
}

/** A connected bot on its way from the queue to its first shopper. */
export function BotProgress({ bot }: { bot: Bot }) {
  const { t } = useTranslation();
  const botName = useBotName();
  const reasonText = useReasonText();
  const slow = useSlow(bot.state_changed_at);
  useNothingLeft(bot);
  // Until then another try finds what was filled in for this one.
  useEffect(() => {
    if (bot.state === 'running') forgetDraft();
  }, [bot.state]);
  const pending = bot.state === 'queued' || bot.state === 'starting';
  return (
    <Card withBorder component="section" aria-labelledby="progress-title">
      <div className={bots.head} role="status">
        <BotPhoto bot={bot} />
        <h2 className={text.h2} id="progress-title">
          {botName(bot)}
        </h2>
        <BotStateBadge state={bot.state} />
      </div>
      <WayUp bot={bot} />
      {!pending && bot.state !== 'running' && (
        <Alert color="red" className={text.notice} title={t(`progress.${bot.state}`)}>
          {bot.state_reason ? reasonText(bot.state_reason) : t('bot.noReason')}
        </Alert>
      )}
      {pending && slow && (
        <Alert color="yellow" className={text.notice}>
          {t(bot.state === 'queued' ? 'progress.slowQueued' : 'progress.slowStarting')}
        </Alert>
      )}
      {bot.mode === 'observed' && bot.state === 'running' && bot.username && (
        <p className={styles.share}>
          {t('progress.share')} <CopyLink username={bot.username} />
        </p>
      )}
      {bot.mode === 'observed' && <IntakeKey bot={bot} />}
      {bot.mode === 'hosted' && bot.state === 'running' && <NextSteps bot={bot} />}
      <div className={layout.actions}>
        {bot.state === 'running' && (
          <LinkButton to="/" search={{ shops: [bot.shop_id] }}>
            {t('shops.figures')}
          </LinkButton>
        )}
        <LinkButton to="/shops/connect" search={{ shop: bot.shop_id }} variant="default">
          {t(bot.state === 'failed' ? 'progress.otherToken' : 'progress.another')}
        </LinkButton>
      </div>
    </Card>
  );
}

/** Its steps while it is under way; of a bot that runs, what there is to know of that. */
function WayUp({ bot: { state, mode } }: { bot: Bot }) {
  const { t } = useTranslation();
  if (state === 'running')
    return (
      <p className={text.note}>
        {t(mode === 'observed' ? 'progress.observing_what' : 'progress.running_what')}
      </p>
    );
  if (state !== 'queued' && state !== 'starting') return null;
  return (
    <ol className={steps.steps}>
      {WAY_UP.map((step) => (
        <Stage key={step} step={step} state={state} observed={mode === 'observed'} />
      ))}
    </ol>
  );
}

type StageProps = { step: (typeof WAY_UP)[number]; state: BotState; observed: boolean };

function Stage({ step, state, observed }: StageProps) {
  const { t } = useTranslation();
  const at = WAY_UP.indexOf(state as (typeof WAY_UP)[number]);
  const own = WAY_UP.indexOf(step);
  const done = own < at;
  const Icon = done ? IconCircleCheck : own === at ? IconCircleDot : IconCircle;
  return (
    <li data-done={done || undefined} aria-current={own === at ? 'step' : undefined}>
      <Icon size={24} aria-hidden="true" />
      <span>
        <b>{t(`botState.${step}`)}</b>
        <span className={steps.what}>
          {t(observed && step === 'running' ? 'progress.observing_what' : `progress.${step}_what`)}
        </span>
      </span>
    </li>
  );
}
