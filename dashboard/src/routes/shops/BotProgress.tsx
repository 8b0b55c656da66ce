import { Alert, Card } from '@mantine/core';
import { IconCircle, IconCircleCheck, IconCircleDot } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Bot, BotState } from '../../api/contract';
import { CopyLink } from '../../ui/CopyLink';
import { LinkButton } from '../../ui/LinkButton';
import { BotPhoto } from './BotPhoto';
import { BotStateBadge } from './BotStateBadge';
import { useBotName, useReasonText } from './bot';
import { IntakeKey } from './IntakeKey';

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

/** A connected bot on its way from the queue to its first shopper. */
export function BotProgress({ bot }: { bot: Bot }) {
  const { t } = useTranslation();
  const botName = useBotName();
  const reasonText = useReasonText();
  const slow = useSlow(bot.state_changed_at);
  const pending = bot.state === 'queued' || bot.state === 'starting';
  return (
    <Card withBorder component="section" aria-labelledby="progress-title">
      <div className="bot-head" role="status">
        <BotPhoto bot={bot} />
        <h2 className="h2" id="progress-title">
          {botName(bot)}
        </h2>
        <BotStateBadge state={bot.state} />
      </div>
      {pending || bot.state === 'running' ? (
        <ol className="steps">
          {WAY_UP.map((step) => (
            <Stage key={step} step={step} state={bot.state} observed={bot.mode === 'observed'} />
          ))}
        </ol>
      ) : (
        <Alert color="red" className="notice" title={t(`progress.${bot.state}`)}>
          {bot.state_reason ? reasonText(bot.state_reason) : t('progress.noReason')}
        </Alert>
      )}
      {pending && slow && (
        <Alert color="yellow" className="notice">
          {t(bot.state === 'queued' ? 'progress.slowQueued' : 'progress.slowStarting')}
        </Alert>
      )}
      {bot.state === 'running' && bot.username && (
        <p className="share">
          {t('progress.share')} <CopyLink username={bot.username} />
        </p>
      )}
      {bot.mode === 'observed' && <IntakeKey bot={bot} />}
      <div className="actions">
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

type StageProps = { step: (typeof WAY_UP)[number]; state: BotState; observed: boolean };

function Stage({ step, state, observed }: StageProps) {
  const { t } = useTranslation();
  const at = WAY_UP.indexOf(state as (typeof WAY_UP)[number]);
  const own = WAY_UP.indexOf(step);
  const done = own < at || state === 'running';
  const Icon = done ? IconCircleCheck : own === at ? IconCircleDot : IconCircle;
  return (
    <li data-done={done || undefined} aria-current={own === at ? 'step' : undefined}>
      <Icon size={24} aria-hidden="true" />
      <span>
        <b>{t(`botState.${step}`)}</b>
        <span className="step-what">
          {t(observed && step === 'running' ? 'progress.observing_what' : `progress.${step}_what`)}
        </span>
      </span>
    </li>
  );
}
