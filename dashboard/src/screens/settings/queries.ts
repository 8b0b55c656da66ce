import { useMutation, useQueryClient } from '@tanstack/react-query';
import { read, readVersioned } from '../../api/client';
import { attentionQuery, shopsQuery } from '../../api/queries';
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type StaffChat = Schemas['ChatView'];
export type StaffMember = Schemas['MemberView'];
export type ImprintDraft = Schemas['ImprintDraft'];

export const IMPRINT = '/api/v1/shops/{shop_id}/imprint';
export const STAFF = '/api/v1/bots/{bot_id}/staff';
export const ONE_MEMBER = `${STAFF}/members/{telegram_id}` as const;
export const ONE_GROUP = `${STAFF}/chats/{chat_id}` as const;

export const ratesQuery = (shop: number) =>
  read('/api/v1/shops/{shop_id}/rates', { params: { path: { shop_id: shop } } });

export const imprintQuery = (shop: number) =>
  readVersioned(IMPRINT, { params: { path: { shop_id: shop } } });

export const staffQuery = (bot: number) => read(STAFF, { params: { path: { bot_id: bot } } });

/** A change of a shop, after which the shops are asked for anew. */
export function useShopChange<V = void>(
  change: (value: V) => Promise<unknown>,
  onDone?: () => void,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      void client.invalidateQueries({ queryKey: attentionQuery.queryKey });
      await client.invalidateQueries({ queryKey: shopsQuery.queryKey });
      onDone?.();
    },
    // It may be that another has changed it: the next try is over what is read now.
    onError: () => client.invalidateQueries({ queryKey: shopsQuery.queryKey }),
  });
}

/** A change of a bot's groups or of the shop's staff. */
export function useStaffChange<T, V = void>(
  bot: number,
  change: (value: V) => Promise<T>,
  onDone?: () => void,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    // A code in an answer is forgotten with the component that asked.
    gcTime: 0,
    onSuccess: () => onDone?.(),
    // Also of what was refused: another owner may have been faster.
    onSettled: () => client.invalidateQueries({ queryKey: staffQuery(bot).queryKey }),
  });
}
