import type { BotPreview, Me, Module, Overview, Shop, Status, Template } from '../api/model';
import type { components } from '../api/schema';

type MetricsAnswer = components['schemas']['MetricsAnswer'];

/** What an API answers in tests and on pictures: one installation on one day. */

/** Of the API's table what the tests name. */
export const CURRENCIES = {
  ...{ XTR: 0, JPY: 0, XOF: 0, XAF: 0, UGX: 0, RWF: 0, PYG: 0 },
  ...{ RUB: 2, USD: 2, EUR: 2, HUF: 2, COP: 2, IDR: 2, PKR: 2 },
  ...{ KWD: 3, JOD: 3, TND: 3, OMR: 3, CLF: 4 },
};

export const MODULES: Module[] = [
  module('menu', 'Menu', 'Меню', true, []),
  module('catalogue', 'Catalogue', 'Каталог', true, ['menu']),
  module('stars', 'Payment in Stars', 'Оплата звёздами', true, ['catalogue']),
  module('reviews', 'Reviews', 'Отзывы', false, ['catalogue']),
];

function module(
  key: string,
  en: string,
  ru: string,
  default_on: boolean,
  requires: string[],
): Module {
  return {
    key,
    title: { en, ru },
    summary: { en: `What ${en} does.`, ru: `Что делает ${ru}.` },
    default_on,
    requires,
    settings_schema: {},
  };
}

export const TEMPLATES: Template[] = [
  {
    key: 'services',
    title: { en: 'Services', ru: 'Услуги' },
    summary: { en: 'Bookings by request.', ru: 'Запись по заявке.' },
    mode: 'hosted',
    modules: ['catalogue', 'menu'],
  },
  {
    key: 'statistics',
    title: { en: 'Statistics only', ru: 'Только статистика' },
    summary: { en: 'Answers nothing.', ru: 'Ничего не отвечает.' },
    mode: 'observed',
    modules: [],
  },
];

export const TEA: Shop = {
  id: 1,
  name: 'Чайная лавка',
  currency: 'XTR',
  timezone: 'Europe/Moscow',
  retention_days: 365,
  archived_at: null,
  delete_after: null,
  language: 'ru',
  version: '0a1b',
  bots: [
    {
      id: 7000000001,
      shop_id: 1,
      username: 'demo_tea_bot',
      title: 'Чай',
      mode: 'hosted',
      state: 'running',
      state_reason: null,
      state_changed_at: '2026-11-23T08:00:00Z',
      token_tail: 'x9Qa',
      photo_id: null,
      modules: ['menu', 'catalogue'],
    },
  ],
};

export const BOOKS: Shop = {
  id: 2,
  name: 'Book Nook',
  currency: 'XTR',
  timezone: 'Europe/Moscow',
  retention_days: 365,
  archived_at: null,
  delete_after: null,
  language: 'en',
  version: '0c1d',
  bots: [],
};

export const SHOPS: Shop[] = [TEA, BOOKS];

const HOURS = ['2026-11-23T07:00:00Z', '2026-11-23T08:00:00Z', '2026-11-23T09:00:00Z'];
const series = (...values: (number | null)[]) =>
  values.map((value, index) => ({ at: HOURS[index] as string, value }));

export const OVERVIEW: Overview = {
  as_of: '2026-11-23T09:04:00Z',
  period: 'today',
  timezone: 'Europe/Moscow',
  shops: [1, 2],
  figures: [
    {
      key: 'net_sales',
      kind: 'money',
      currency: 'XTR',
      value: 1250,
      previous: 1000,
      series: series(500, 600, 150),
    },
    {
      key: 'paid_orders',
      kind: 'count',
      currency: null,
      value: 5,
      previous: 4,
      series: series(2, 2, 1),
    },
    { key: 'aov', kind: 'money', currency: 'XTR', value: null, previous: null, series: [] },
    {
      key: 'new_users',
      kind: 'count',
      currency: null,
      value: 12,
      previous: 0,
      series: series(4, 4, 4),
    },
  ],
  funnel: [
    { step: 'started', users: 40 },
    { step: 'order_paid', users: 10 },
  ],
  feed: [
    {
      at: '2026-11-23T09:03:58Z',
      shop_id: 1,
      bot_id: 7000000001,
      event: 'order_paid',
      buyer_no: 17,
      order_id: 41,
      amount_minor: 150,
      currency: 'XTR',
      product_title: 'Да Хун Пао',
    },
  ],
  freshness: { last_event_at: '2026-11-23T09:03:58Z', lag_seconds: 1, outbox_waiting: 3 },
};

/** A shop that nobody has come to yet. */
export const NEW_OVERVIEW: Overview = {
  ...OVERVIEW,
  figures: OVERVIEW.figures.map((figure) => ({
    ...figure,
    value: null,
    previous: null,
    series: [],
  })),
  funnel: [],
  feed: [],
  freshness: { last_event_at: null, lag_seconds: null, outbox_waiting: 0 },
};

/** Net sales of a day by its first hours, and as an answer by key has them. */
export const METRICS: MetricsAnswer = {
  as_of: '2026-11-23T09:04:00Z',
  first: '2026-11-23',
  last: '2026-11-23',
  timezone: 'Europe/Moscow',
  grain: 'hour',
  variant: 'raw',
  shops: [1, 2],
  breakdown: null,
  comparison: { kind: 'previous', first: '2026-11-22', last: '2026-11-22', until: null },
  metrics: [],
  series: [
    {
      metric: 'net_sales_minor',
      key: '5',
      label: 'Шу пуэр',
      currency: 'XTR',
      value: 1250,
      previous: 1000,
      points: HOURS.map((at, index) => ({ at, value: 400, previous: [300, 500, 200][index] })),
    },
  ],
  keys_left_off: 0,
  freshness: OVERVIEW.freshness,
  completeness: { complete: true, days: [], left_off: 0 },
};

export const ME: Me = { role: 'owner', label: 'Ольга', shop_ids: null };

/** What every screen may ask for. */
/** Nothing is away. */
export const STATUS: Status = {
  checked_at: '2026-11-23T09:04:00Z',
  computed_at: '2026-11-23T08:40:00Z',
  degraded: false,
  parts: [],
};

/** What Telegram says of a token before its bot is connected. */
export const PREVIEW: BotPreview = {
  id: 7000000009,
  username: 'new_bot',
  title: 'Чашка и ложка',
  photo:
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCABAAEADASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDJooooPJCipbWH7RdQwbtvmuqZxnGTipdSs/sF/Ja+Z5mzHzYxnIB6fjQFtLlWitbWLO3ttP02WCPa88W6Q7idxwvr9TWTQNqzsFFFFAgooqW1tpry4W3tk3yvnauQM4Ge/wBKASuS6X/yFbT/AK7p/wChCrPiT/kO3P8AwH/0EVIvhzWkcOlqVZTkESoCD+dLL4e1yaQyS27O56s0ykn8c0ro05J2tysl8Qf8grR/+uH/ALKlYVbUmg69KiJLA7rGMIGnUhR7c8VBN4f1WGF5ZbXakalmPmKcAcnvRdBKE272ZmUUUUzMK1vC3/Iw2v8AwP8A9AasmpLeZre5inQAtE4cA9Mg5pMqD5ZJnqlFQ2V3FfWkdzAT5cgyMjBHYj86mrE9dO+qCqmrf8ge9/695P8A0E1brm/GOopFZjT15lmwzZHRAfX1yP5+1NK7IqSUYNsbpFxYa9p66bdW+2W3hCq3U4AA3KccHOOPp15rkbiFre5lgcgtE5QkdMg4rqtOutH0PTFuI5BNeTRAlQwZs4GVyPujPrz9cVyk0rzTPLKdzyMWY4xknk1ojgqtcqvuMoooqjAvaZq15pkm62kyhzmN8lDnvj14HNdLB4ytGQm4tZkbPAQhxj6nFcZRScUzSFacNEzqb/xg7KyWFvsz0klOT0/u9M59z9K5mWWSaQyTSPI7dWckk/jTKKEkhTqSn8TCiiimQf/Z',
};

export const ANSWERS: Record<string, unknown> = {
  'GET /api/v1/me': ME,
  'GET /api/v1/currencies': CURRENCIES,
  'GET /api/v1/modules': MODULES,
  'GET /api/v1/templates': TEMPLATES,
  'GET /api/v1/shops': SHOPS,
  'GET /api/v1/attention': [],
  'GET /api/v1/status': STATUS,
  'GET /api/v1/overview': OVERVIEW,
  'GET /api/v1/metrics/query': METRICS,
  'POST /api/v1/bots/preview': PREVIEW,
};
