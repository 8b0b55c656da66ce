import type { Bot } from '../../api/model';
import { ServerPicture } from '../../ui/file/ServerPicture';
import bots from './bots.module.css';

const photoUrl = ({ id, photo_id }: Bot) => `/api/v1/bots/${id}/photo?v=${photo_id}`;

/** The bot's photo as Telegram shows it, beside its name; without one, its first letter. */
export function BotPhoto({ bot }: { bot: Bot }) {
  if (bot.photo_id)
    return (
      <ServerPicture className={bots.photo} src={photoUrl(bot)} alt="" width={40} height={40} />
    );
  return (
    <span className={bots.photo} aria-hidden="true">
      {(bot.title ?? bot.username ?? '?').slice(0, 1).toUpperCase()}
    </span>
  );
}
