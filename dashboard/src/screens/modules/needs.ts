import { neededBy } from '../../parts/bots/bot';
import type { BotModule } from './queries';

/** What must be switched on for a module to work, directly or through another. */
export function missingFor(modules: readonly BotModule[], key: string): string[] {
  const on = new Set(modules.filter(({ is_on }) => is_on).map((module) => module.key));
  return [...neededBy(modules, [key])].filter((each) => each !== key && !on.has(each));
}

/** What is switched together with a module. */
export const othersOf = (modules: readonly BotModule[], module: BotModule): string[] =>
  module.is_on ? module.required_by : missingFor(modules, module.key);
