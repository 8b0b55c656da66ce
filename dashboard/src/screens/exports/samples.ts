import type { ScreenSamples } from '../../testing/screenSamples';
import type { Job, Schedule, Table } from './queries';

const column = (name: string, en: string, ru: string, is_personal = false) => ({
  name,
  kind: 'text' as const,
  title: { ru, en },
  is_personal,
});

export const TABLES: Table[] = [
  {
    key: 'orders',
    title: { ru: 'Заказы', en: 'Orders' },
    has_days: true,
    columns: [
      column('order_no', 'Order', 'Заказ'),
      column('buyer_name', 'Customer', 'Покупатель', true),
    ],
  },
  { key: 'products', title: { ru: 'Товары', en: 'Products' }, has_days: false, columns: null },
];

export const JOB: Job = {
  id: '11111111-1111-4111-8111-111111111111',
  table_key: 'orders',
  layout: { file_format: 'csv' },
  with_people: true,
  shop_ids: [1],
  first_day: '2026-11-01',
  last_day: '2026-11-04',
  state: 'running',
  error: null,
  parts: 4,
  parts_done: 1,
  rows: 1200,
  size_bytes: 64_000,
  created_at: '2026-11-24T09:00:00Z',
  started_at: '2026-11-24T09:00:01Z',
  finished_at: null,
  expires_at: null,
};
export const DONE: Job = {
  ...JOB,
  id: '22222222-2222-4222-8222-222222222222',
  state: 'done',
  parts_done: 4,
  finished_at: '2026-11-24T09:01:00Z',
  expires_at: '2026-12-01T09:01:00Z',
};
const SCHEDULE: Schedule = {
  id: 3,
  table_key: 'orders',
  layout: { file_format: 'xlsx' },
  with_people: true,
  shop_ids: [1],
  every: 'week',
  weekday: 1,
  hour: 9,
  timezone: 'Europe/Moscow',
  chat: { bot_id: 7000000001, telegram_id: 42 },
  s3: null,
  created_at: '2026-11-01T09:00:00Z',
  due_at: '2026-11-30T06:00:00Z',
  delivered_at: null,
  error: null,
};

const file = (part: number, name: string | null) => ({
  part,
  day: `2026-11-0${part}`,
  name,
  rows: name ? 300 : 0,
  size_bytes: name ? 16_000 : 0,
  sha256: name && 'a'.repeat(64),
  written_at: '2026-11-24T09:00:30Z',
});

export default {
  answers: {
    'GET /api/v1/exports': TABLES,
    'GET /api/v1/exports/orders/estimate': { rows: 2400 },
    'GET /api/v1/exports/products/estimate': { rows: 12 },
    'GET /api/v1/exports/jobs': [JOB, DONE],
    [`GET /api/v1/exports/jobs/${DONE.id}/manifest`]: {
      manifest_version: 1,
      vitrina_version: '1',
      job: DONE,
      complete: true,
      columns: [],
      files: [file(1, '2026-11-01.csv'), file(2, null)],
    },
    'GET /api/v1/exports/schedules': [SCHEDULE],
    'GET /api/v1/access/owner-chats': [
      {
        bot_id: 7000000001,
        telegram_id: 42,
        name: 'Ольга',
        link_id: 1,
        label: 'Ольга',
        shop_ids: null,
        bound_at: '2026-11-01T09:00:00Z',
      },
    ],
  },
  dialogs: { schedule: ['Send regularly'] },
  panels: { job: `/exports?job=${DONE.id}` },
} satisfies ScreenSamples;
