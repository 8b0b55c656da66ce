import type { Figure, Overview } from '../../api/model';
import { METRICS, OVERVIEW } from '../../testing/samples';
import type { ScreenSamples } from '../../testing/screenSamples';

const MIDNIGHT = Date.parse('2026-11-22T21:00:00Z'); // in Moscow
const HOUR_MS = 3_600_000;
const byHour = (values: readonly number[]) =>
  values.map((value, hour) => ({ at: new Date(MIDNIGHT + hour * HOUR_MS).toISOString(), value }));

const NET = [0, 0, 150, 0, 90, 0, 120, 340, 610, 480, 760, 930, 210];
const NET_BEFORE = [60, 0, 0, 0, 0, 90, 150, 260, 420, 560, 500, 840, 400];
const money = { kind: 'money', currency: 'XTR' } as const;
const count = { kind: 'count', currency: null } as const;
const FIGURES: Figure[] = [
  { ...money, key: 'net_sales', value: 3690, previous: 3180, series: byHour(NET) },
  {
    ...count,
    key: 'paid_orders',
    value: 21,
    previous: 18,
    series: byHour([0, 0, 1, 0, 1, 0, 1, 2, 3, 3, 4, 5, 1]),
  },
  {
    ...money,
    key: 'aov',
    value: 176,
    previous: 177,
    series: byHour([0, 0, 150, 0, 90, 0, 120, 170, 203, 160, 190, 186, 210]),
  },
  {
    ...count,
    key: 'active_buyers',
    value: 19,
    previous: 17,
    series: byHour([0, 0, 1, 0, 1, 0, 1, 2, 3, 3, 3, 4, 1]),
  },
  {
    ...count,
    key: 'new_users',
    value: 46,
    previous: 31,
    series: byHour([1, 0, 1, 0, 2, 1, 3, 4, 6, 7, 8, 10, 3]),
  },
];
/** Minutes and seconds ago, event, buyer, product, stars. */
const HAPPENED = [
  ['09:03:58', 'order_paid', 17, 'Да Хун Пао', 210],
  ['09:03:31', 'product_viewed', 112, 'Габа Алишань', 0],
  ['09:02:46', 'bot_started', 113, null, 0],
  ['08:59:12', 'order_paid', 88, 'Шу пуэр «Осень»', 340],
  ['08:57:40', 'product_viewed', 88, 'Шу пуэр «Осень»', 0],
  ['08:51:05', 'bot_started', 112, null, 0],
  ['08:44:19', 'order_paid', 41, 'Чашка «Утро»', 190],
] as const;

const FULL: Overview = {
  ...OVERVIEW,
  figures: FIGURES,
  funnel: [
    { step: 'started', users: 128 },
    { step: 'catalog_viewed', users: 96 },
    { step: 'product_viewed', users: 71 },
    { step: 'cart_or_checkout', users: 38 },
    { step: 'order_created', users: 27 },
    { step: 'order_paid', users: 21 },
  ],
  feed: HAPPENED.map(([time, event, buyer_no, product_title, amount_minor]) => ({
    at: `2026-11-23T${time}Z`,
    shop_id: 1,
    bot_id: 7000000001,
    event,
    buyer_no,
    order_id: event === 'order_paid' ? 40 + buyer_no : null,
    amount_minor,
    currency: amount_minor ? 'XTR' : '',
    product_title,
  })),
  freshness: { ...OVERVIEW.freshness, outbox_waiting: 0 },
};

const [ONE] = METRICS.series;
const series = (values: Record<string, number>) => ({
  ...METRICS,
  series: Object.entries(values).map(([label, value], index) => ({
    ...ONE,
    key: String(index + 1),
    label,
    value,
  })),
});
const QUERY = 'GET /api/v1/metrics/query';
const PICTURES = {
  'GET /api/v1/overview': FULL,
  [QUERY]: {
    ...METRICS,
    series: [
      {
        ...ONE,
        key: null,
        label: null,
        points: byHour(NET).map((each, hour) => ({ ...each, previous: NET_BEFORE[hour] })),
      },
    ],
  },
  [`${QUERY}?breakdown=product`]: series({
    'Шу пуэр «Осень»': 6_120,
    'Да Хун Пао': 4_410,
    'Габа Алишань': 2_980,
    'Чашка «Утро»': 1_330,
  }),
  [`${QUERY}?breakdown=source`]: series({ spring: 1_640, tea_channel: 1_210, leaflet: 330 }),
};

export default {
  dialogs: {
    palette: ['Find a screen, a shop, an order or a customer'],
    keys: [{ key: '?' }],
    period: ['Period: Today'],
    shops: ['All shops (2)'],
    menu: { presses: ['More'], isOnPhone: true },
  },
  pictures: { ru: PICTURES, en: PICTURES },
} satisfies ScreenSamples;
