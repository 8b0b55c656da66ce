import { useQuery } from '@tanstack/react-query';
import type { Bot, Shop } from '../../api/model';
import { shopsQuery } from '../../api/queries';
import { useView } from '../../view/useView';

export type ModuleBot = { shop: Shop; bot: Bot };

/**
 * The bots that have a module on, in the shops that are looked at: undefined until the shops are
 * known. `chosen` is a bot's id, as the address has it.
 */
export function useModuleBots(moduleKey: string, chosen: number | undefined) {
  const { view } = useView();
  const shops = useQuery(shopsQuery);
  const bots = shops.data
    ?.filter(({ id }) => view.shops.length === 0 || view.shops.includes(id))
    .flatMap((shop) => shop.bots.map((bot) => ({ shop, bot })))
    .filter(({ bot }) => bot.modules.includes(moduleKey));
  const current = bots?.find(({ bot }) => bot.id === chosen) ?? bots?.[0];
  return { shops, bots, current };
}
