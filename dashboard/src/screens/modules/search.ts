import { numberOf } from '../../view/addressParts';
/** Whose modules are shown, and which one is open beside them. */
export type ModulesSearch = { bot: number | undefined; module: string | undefined };

export function parseModulesSearch(raw: Record<string, unknown>): ModulesSearch {
  const module = typeof raw.module === 'string' ? raw.module : '';
  return {
    bot: numberOf(raw.bot),
    module: /^[a-z][a-z0-9_]{0,49}$/.test(module) ? module : undefined,
  };
}
