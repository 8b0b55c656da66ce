import { read } from '../../api/client';
import type { components } from '../../api/schema';

export type Standing = components['schemas']['Standing'];

export const standingQuery = (botId: number) =>
  read('/api/v1/bots/{bot_id}/modules/gates/standing', { params: { path: { bot_id: botId } } });
