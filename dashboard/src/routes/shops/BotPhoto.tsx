import { photoUrl } from '../../api/client';
import type { Bot } from '../../api/contract';

/** The bot's photo as Telegram shows it, beside its name; without one, its first letter. */
export function BotPhoto({ bot }: { bot: Bot }) {
  if (bot.photo_id)
    return <img className="bot-photo" src={photoUrl(bot)} alt="" width={40} height={40} />;
  return (
    <span className="bot-photo" aria-hidden="true">
      {(bot.title ?? bot.username ?? '?').slice(0, 1).toUpperCase()}
    </span>
  );
}
