import type { DataHealth, ShopHealth, Storage } from '../../api/model';
import type { ScreenSamples } from '../../testing/screenSamples';

export const SOUND: ShopHealth = {
  shop_id: 1,
  events: 1200,
  duplicates: 0,
  missing: 0,
  dead_letters: 0,
  orders_compared: 34,
  differences: [],
  wrong_orders: [],
  counted_twice: [],
  refunded_beyond: [],
  waiting: 0,
  oldest_waiting_seconds: null,
  recording_p95_seconds: 0.2,
  sound: true,
};

export const HEALTH: DataHealth = {
  checked_at: '2026-11-24T09:00:00Z',
  days: 7,
  sound: true,
  shops: [SOUND],
  shipping: null,
};

export const STORAGE: Storage = {
  measured_at: '2026-11-24T09:00:00Z',
  rate_days: 7,
  shops: [
    {
      shop_id: 1,
      retention_days: 365,
      events: 1200,
      bytes: 12_300,
      bytes_an_event: 10.25,
      events_a_day: 171.4,
      bytes_in_30_days: 65_000,
      bytes_at_most: 640_000,
    },
  ],
  tables: [{ store: 'clickhouse', table: 'events', rows: 1200, bytes: 12_300 }],
};

export default {
  answers: { 'GET /api/v1/data-health': HEALTH, 'GET /api/v1/storage': STORAGE },
  dialogs: { shorter: { choose: ['How long the events of Чайная лавка are kept', '30'] } },
} satisfies ScreenSamples;
