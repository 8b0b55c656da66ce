import { queryOptions } from '@tanstack/react-query';
import { read } from '../../api/client';
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type DigestState = Schemas['DigestState'];
export type SentReport = Schemas['SentReport'];

const BASE = '/api/v1/bots/{bot_id}/modules/digest';
export const TEST = `${BASE}/test` as const;

/** One that was asked for comes within about a minute: until then it is looked for more often. */
export const reportsQuery = (botId: number) =>
  queryOptions({
    ...read(`${BASE}/reports`, { params: { path: { bot_id: botId } } }),
    refetchInterval: ({ state }: { state: { data?: DigestState | undefined } }) =>
      state.data?.asked_at ? 5_000 : 60_000,
  });
