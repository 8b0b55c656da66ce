import { useTranslation } from 'react-i18next';
import type { Bot } from '../../api/model';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import { BotActions } from '../../parts/bots/BotActions';
import { BotPhoto } from '../../parts/bots/BotPhoto';
import { BotStateBadge } from '../../parts/bots/BotStateBadge';
import { useBotName, useReasonText } from '../../parts/bots/bot';
import bots from '../../parts/bots/bots.module.css';
import { CopyLink } from '../../ui/CopyLink';
import text from '../../ui/text.module.css';

type Props = { bot: Bot; titles: Map<string, string>; mayChange: boolean };

/** One bot: who it is, how it is, what it does. `titles` are the modules' by key. */
export function BotItem({ bot, titles, mayChange }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const botName = useBotName();
  const reasonText = useReasonText();
  const since = dateFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <li className={bots.bot}>
      <div className={bots.head}>
        <BotPhoto bot={bot} />
        <b>{botName(bot)}</b>
        <BotStateBadge state={bot.state} />
      </div>
      {bot.state_reason && (
        <p
          className={
            bot.state === 'failed' ? `${bots.reason} ${text.error}` : `${bots.reason} ${text.note}`
          }
        >
          {reasonText(bot.state_reason)}
        </p>
      )}
      <dl className={bots.facts}>
        {bot.username && (
          <div>
            <dt>{t('bot.address')}</dt>
            <dd>
              <CopyLink username={bot.username} />
            </dd>
          </div>
        )}
        <div>
          <dt>{t('bot.since')}</dt>
          <dd>
            <time dateTime={bot.state_changed_at}>
              {since.format(new Date(bot.state_changed_at))}
            </time>
          </dd>
        </div>
        <div>
          <dt>{t('bot.mode')}</dt>
          <dd>{t(`mode.${bot.mode}`)}</dd>
        </div>
        <div>
          <dt>{t('bot.token')}</dt>
          <dd>
            <span className={text.mono}>…{bot.token_tail}</span>
          </dd>
        </div>
        <div>
          <dt>{t('bot.modules')}</dt>
          <dd>
            {bot.modules.length
              ? bot.modules.map((key) => titles.get(key) ?? key).join(', ')
              : t('bot.noModules')}
          </dd>
        </div>
      </dl>
      {mayChange && <BotActions bot={bot} />}
    </li>
  );
}
