import { isSaid } from '../../view/addressParts';

/** Where the visitor is in connecting a bot, so that a reload does not start over. */
export type ConnectSearch = {
  /** The shop the bot goes to. */
  shop: number | undefined;
  /** The bot that was connected: its way up is shown. */
  bot: number | undefined;
  /** Telegram did not accept the token of the try before; nothing of it was kept. */
  refused: true | undefined;
};

function parseId(raw: unknown): number | undefined {
  const id = Number(raw);
  return Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

export const parseConnectSearch = (raw: Record<string, unknown>): ConnectSearch => ({
  shop: parseId(raw.shop),
  bot: parseId(raw.bot),
  refused: isSaid(raw.refused),
});
