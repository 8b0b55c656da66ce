import type { ScreenSamples } from '../../testing/screenSamples';
import type { FleetBot, Worker } from './queries';

export const ROW: FleetBot = {
  bot_id: 7000000001,
  shop_id: 1,
  username: 'demo_tea_bot',
  state: 'running',
  state_reason: null,
  paused_at: null,
  worker: 'worker-1',
  is_open: true,
  load: 0.02,
  updates_rate: 1.5,
  heartbeat_at: '2026-11-23T09:03:58Z',
  last_update_at: '2026-11-23T09:03:40Z',
  messages_waiting: 4,
  oldest_message_at: '2026-11-23T09:01:00Z',
  jobs_overdue: 0,
  oldest_job_at: null,
};

const WORKER: Worker = {
  name: 'worker-1',
  started_at: '2026-11-22T09:00:00Z',
  seen_at: '2026-11-23T09:04:00Z',
  is_leaving: false,
  updates_rate: 1.5,
  cpu: 0.12,
  rss_bytes: 214_000_000,
  bots: 1,
  load: 0.02,
};

export default {
  answers: { 'GET /api/v1/fleet': { bots: [ROW], workers: [WORKER] } },
  dialogs: {
    move: { at: '/fleet?bot=7000000001', choose: ['To', '2'], presses: ['Move the bot'] },
  },
  panels: { bot: '/fleet?bot=7000000001' },
} satisfies ScreenSamples;
