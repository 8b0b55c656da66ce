import type { BotModule } from './queries';

/** What must be switched on for a module to work, directly or through another. */
export function missingFor(modules: readonly BotModule[], key: string): string[] {
  const needed = new Set([key]);
  // A Set visits what is added to it on the way, so requirements of requirements are found too.
  for (const each of needed)
    for (const required of modules.find((module) => module.key === each)?.requires ?? [])
      needed.add(required);
  const on = new Set(modules.filter(({ is_on }) => is_on).map((module) => module.key));
  return [...needed].filter((each) => each !== key && !on.has(each));
}

/** What is switched together with a module. */
export const othersOf = (modules: readonly BotModule[], module: BotModule): string[] =>
  module.is_on ? module.required_by : missingFor(modules, module.key);
