import { useTranslation } from 'react-i18next';
import type { Bot, BotMode, Module, NewBot } from '../../api/contract';

const TOKEN = /^\d{6,}:[A-Za-z0-9_-]{35}$/;

export const isToken = (text: string) => TOKEN.test(text);

/** Telegram tells the name only once the bot has started; before that its number stands for it. */
export function useBotName(): (bot: Bot) => string {
  const { t } = useTranslation();
  return ({ id, username, title }) =>
    username ? `@${username}` : (title ?? t('bot.unnamed', { id }));
}

/** A reason in words: the known codes are translated, whatever else a worker says is shown as is. */
export function useReasonText(): (reason: string) => string {
  const { t, i18n } = useTranslation();
  return (reason) => {
    const key = `reason.${reason}`;
    return /^\w+$/.test(reason) && i18n.exists(key) ? t(key) : reason;
  };
}

/** A module and whatever it cannot do without. */
export function withRequired(modules: Module[], keys: string[]): string[] {
  const wanted = new Set(keys);
  // A Set visits what is added to it on the way, so requirements of requirements are found too.
  for (const key of wanted)
    for (const required of modules.find((module) => module.key === key)?.requires ?? [])
      wanted.add(required);
  return modules.map(({ key }) => key).filter((key) => wanted.has(key));
}

/** What stays ticked without `key`: nothing that cannot do without it. */
export function withoutDependents(modules: Module[], keys: string[], key: string): string[] {
  return keys.filter((kept) => !withRequired(modules, [kept]).includes(key));
}

export const defaultModules = (modules: Module[]) =>
  withRequired(
    modules,
    modules.filter(({ default_on }) => default_on).map(({ key }) => key),
  );

/** An observed bot answers nobody, so no module goes with it. */
export function newBot(shopId: number, token: string, mode: BotMode, modules: string[]): NewBot {
  return { shop_id: shopId, token, mode, modules: mode === 'observed' ? [] : modules };
}
