/** Where the visitor is in connecting a bot, so that a reload does not start over. */
export type ConnectSearch = {
  /** The shop the bot goes to. */
  shop?: number;
  /** The bot that was connected: its way up is shown. */
  bot?: number;
};

function parseId(raw: unknown): number | undefined {
  const id = Number(raw);
  return Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

export function parseConnectSearch(raw: Record<string, unknown>): ConnectSearch {
  const shop = parseId(raw.shop);
  const bot = parseId(raw.bot);
  return { ...(shop ? { shop } : {}), ...(bot ? { bot } : {}) };
}
