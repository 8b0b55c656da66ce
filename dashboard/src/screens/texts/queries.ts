import { useMutation, useQueryClient } from '@tanstack/react-query';
import { read } from '../../api/client';
import type { Language } from '../../api/model';
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type OneText = Schemas['TextView'];
/** A text as Telegram gets it: plain words, and styles beside them by UTF-16 units. */
export type Shown = Schemas['Text'];

const MODULES = '/api/v1/bots/{bot_id}/modules';
export const TEXTS = `${MODULES}/{key}/texts` as const;
export const TEXT = `${TEXTS}/{language}/{text_key}` as const;

/** A text of a bot's module in one language, as addresses name it. */
export type TextPath = { bot_id: number; key: string; language: Language; text_key: string };

export const modulesQuery = (botId: number) =>
  read(MODULES, { params: { path: { bot_id: botId } } });

export const textsQuery = (botId: number, key: string) =>
  read(TEXTS, { params: { path: { bot_id: botId, key } } });

/** Both languages of a text. */
export type Pair = { key: string; ru: OneText; en: OneText };

/** The texts by key, both languages together; one that only one language has is left out. */
export function pairsOf(texts: readonly OneText[]): Pair[] {
  const byKey = new Map<string, Partial<Record<Language, OneText>>>();
  for (const text of texts)
    byKey.set(text.text_key, { ...byKey.get(text.text_key), [text.language]: text });
  return [...byKey].flatMap(([key, { ru, en }]) => (ru && en ? [{ key, ru, en }] : []));
}

/** A change of texts; the list is read anew after it. */
export function useTextChange<V = void>(change: (value: V) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () =>
      client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === TEXTS }),
  });
}
