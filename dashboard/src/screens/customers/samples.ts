import type { ScreenSamples } from '../../testing/screenSamples';
import type { Customer } from './queries';

export const ANNA: Customer = {
  buyer_no: 17,
  telegram_id: 555,
  first_name: 'Анна',
  username: 'anna',
  language: 'ru',
  is_premium: false,
  is_staff: false,
  is_test: false,
  source: 'spring',
  first_seen_at: '2026-11-20T09:00:00Z',
  last_seen_at: '2026-11-23T09:00:00Z',
  last_bought_at: '2026-11-23T09:00:00Z',
  blocked_at: null,
  spent: [
    { currency: 'XTR', orders: 2, paid_minor: 300, refunded_minor: 50 },
    { currency: 'RUB', orders: 1, paid_minor: 10_050, refunded_minor: 0 },
  ],
};

const LIST = 'GET /api/v1/shops/1/customers';

export const NOT_ERASED = {
  state: 'none',
  with_events: false,
  requested_at: null,
  done_at: null,
  postgres_rows_left: {},
  clickhouse_rows_left: null,
};

export default {
  answers: {
    [LIST]: { customers: [ANNA], next: null },
    [`${LIST}/17`]: ANNA,
    [`${LIST}/17/history`]: { events: [], next: null },
    [`${LIST}/17/erasure`]: NOT_ERASED,
  },
  dialogs: { erase: { at: '/customers?buyer=17', presses: ['Erase this person'] } },
  panels: { customer: '/customers?buyer=17' },
} satisfies ScreenSamples;
