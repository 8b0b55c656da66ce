import { useTranslation } from 'react-i18next';
import type { Bot, BotMode, Module, NewBot } from '../../api/model';
import { formatClock } from '../../format/time';
import { useLanguage } from '../../i18n';

const TOKEN = /^\d{6,}:[A-Za-z0-9_-]{35}$/;

export const isToken = (text: string) => TOKEN.test(text);

const TOKEN_WITHIN = /(?<![\w-])\d{6,}:[A-Za-z0-9_-]{35}(?![\w-])/g;

/** The token in whatever was pasted, the whole message of @BotFather too; what was written stays as
 * it is where there is none, or more than one. */
export function tokenIn(text: string): string {
  const found = new Set(text.match(TOKEN_WITHIN));
  return found.size === 1 ? ([...found][0] ?? text) : text;
}

/** Telegram tells the name only once the bot has started; before that its number stands for it. */
export function useBotName(): (bot: Bot) => string {
  const { t } = useTranslation();
  return ({ id, username, title }) =>
    username ? `@${username}` : (title ?? t('bot.unnamed', { id }));
}

/**
 * A reason in words. Workers give a code, with a detail after a colon where it has one
 * (`flood_wait_until:2026-11-23T12:00:00+00:00`); what is no known code is shown as it is.
 */
export function useReasonText(): (reason: string) => string {
  const { t, i18n } = useTranslation();
  const language = useLanguage();
  return (reason) => {
    const [, code, detail = ''] = /^(\w+)(?::(.*))?$/.exec(reason) ?? [];
    if (!code || !i18n.exists(`reason.${code}`)) return reason;
    const isMoment = !Number.isNaN(Date.parse(detail));
    const time = isMoment ? formatClock(detail, language) : detail;
    return t(`reason.${code}`, { detail, time });
  };
}

/** The modules and whatever they cannot do without, those that are named first. */
export function neededBy(
  modules: readonly Pick<Module, 'key' | 'requires'>[],
  keys: readonly string[],
): ReadonlySet<string> {
  const needed = new Set(keys);
  // A Set visits what is added to it on the way, so requirements of requirements are found too.
  for (const key of needed)
    for (const required of modules.find((module) => module.key === key)?.requires ?? [])
      needed.add(required);
  return needed;
}

/** A module and whatever it cannot do without, in the modules' own order. */
export function withRequired(modules: Module[], keys: string[]): string[] {
  const needed = neededBy(modules, keys);
  return modules.map(({ key }) => key).filter((key) => needed.has(key));
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

/** An observed bot answers nobody, so no module goes with it; a template brings its own. */
export function newBot(
  shopId: number,
  token: string,
  mode: BotMode,
  modules: string[],
  template: string,
  contact: string,
): NewBot {
  if (mode === 'observed') return { shop_id: shopId, token, mode, modules: [] };
  const named = contact ? { contact } : {};
  if (template) return { shop_id: shopId, token, template, ...named };
  return { shop_id: shopId, token, mode, modules, ...named };
}
