import { useMutation, useQueryClient } from '@tanstack/react-query';
import { send } from '../../api/client';
import { shopsQuery } from '../../api/queries';
import { isOfModules, MODULE, modulesOf, ORDER } from './queries';

/** `withOthers`: those that the owner was told of are switched as well. */
export type Wish = { key: string; isOn: boolean; withOthers: boolean };

/** Switches a bot's module on or off; menus and screens follow. */
export function useSwitch(botId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ key, isOn, withOthers }: Wish) =>
      send('put', MODULE, {
        params: { path: { bot_id: botId, key } },
        body: { is_on: isOn, with_others: withOthers },
      }),
    onSuccess: (modules) => client.setQueryData(modulesOf(botId).queryKey, modules),
    onSettled: () => {
      void client.invalidateQueries({ predicate: isOfModules });
      void client.invalidateQueries({ queryKey: shopsQuery.queryKey });
    },
  });
}

/** Puts a bot's modules in another order. */
export function useOrder(botId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (modules: string[]) =>
      send('put', ORDER, { params: { path: { bot_id: botId } }, body: { modules } }),
    onSuccess: (modules) => client.setQueryData(modulesOf(botId).queryKey, modules),
    onError: () => client.invalidateQueries({ predicate: isOfModules }),
  });
}
