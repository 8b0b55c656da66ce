import { SHOPS, TEA } from '../../testing/samples';
import type { ScreenSamples } from '../../testing/screenSamples';
import type { OrderRow, OrderView } from './queries';

export const ROW: OrderRow = {
  id: 41,
  order_no: 7,
  bot_id: 7000000001,
  buyer_no: 17,
  buyer_name: 'Анна',
  status: 'paid',
  stage: 'new',
  attention: null,
  title: 'Да Хун Пао',
  lines: 2,
  units: 3,
  total_minor: 129_050,
  refunded_minor: 0,
  currency: 'RUB',
  method: 'transfer',
  created_at: '2026-11-23T09:00:00Z',
  paid_at: '2026-11-23T09:01:00Z',
};
export const VIEW: OrderView = {
  order: {
    id: 41,
    shop_id: 1,
    order_no: 7,
    bot_id: 7000000001,
    buyer_no: 17,
    status: 'paid',
    currency: 'RUB',
    total_minor: 129_050,
    discount_minor: 0,
    shipping_minor: 0,
    tax_minor: 0,
    tip_minor: 0,
    refunded_minor: 0,
    method: 'transfer',
    stage: 'new',
    attention: null,
    created_at: '2026-11-23T09:00:00Z',
    paid_at: '2026-11-23T09:01:00Z',
    expires_at: null,
    lines: [{ product_id: 1, title: 'Да Хун Пао', unit_price_minor: 129_050, quantity: 1 }],
    details: [{ field: 'address', label: 'Address', value: 'Tver, Lenina 1' }],
  },
  buyer_name: 'Анна',
  note: '',
  version: 'n1',
  next_stages: ['processing', 'shipped'],
  payments: [
    {
      id: 5,
      provider: 'transfer',
      charge_id: 'c',
      amount_minor: 129_050,
      refunded_minor: 0,
      currency: 'RUB',
      status: 'succeeded',
      reason: null,
      created_at: '2026-11-23T09:01:00Z',
    },
  ],
  refunds: [],
  parcels: [],
  timeline: [{ at: '2026-11-23T09:00:00Z', what: 'created', amount_minor: 129_050 }],
};

/** Number, buyer, what, state, stage, kopecks. */
const SOLD = [
  [7, 'Анна', 'Да Хун Пао', 'paid', 'new', 129_050],
  [6, 'Борис', 'Шу пуэр «Осень»', 'paid', 'processing', 84_000],
  [5, 'Вера', 'Чашка «Утро»', 'paid', 'shipped', 149_000],
  [4, 'Глеб', 'Габа Алишань', 'held', 'new', 96_500],
  [3, 'Дарья', 'Чай месяца', 'refunded', 'delivered', 250_000],
  [2, 'Егор', 'Молочный улун', 'cancelled', 'new', 72_000],
  [1, 'Жанна', 'Да Хун Пао', 'paid', 'delivered', 64_500],
] as const;
const MANY: OrderRow[] = SOLD.map(([order_no, buyer_name, title, status, stage, total_minor]) => ({
  ...ROW,
  ...{ id: 34 + order_no, order_no, buyer_no: 10 + order_no, buyer_name, title, status, stage },
  ...{ total_minor, lines: order_no === 7 ? 2 : 1 },
  refunded_minor: status === 'refunded' ? total_minor : 0,
  created_at: `2026-11-23T0${order_no + 1}:12:00Z`,
}));

const tea = { ...TEA, bots: TEA.bots.map((bot) => ({ ...bot, modules: ['orders'] })) };
const LIST = 'GET /api/v1/bots/7000000001/modules/orders/orders';

const PICTURES = { [LIST]: { orders: MANY, next_before: null } };

export default {
  answers: {
    'GET /api/v1/shops': [tea, ...SHOPS.slice(1)],
    [LIST]: { orders: [ROW], next_before: null },
    [`${LIST}/41`]: VIEW,
    [`${LIST}/42`]: {
      ...VIEW,
      order: { ...VIEW.order, id: 42, status: 'created' },
      next_stages: [],
      payments: [],
    },
  },
  dialogs: {
    parcel: { at: '/orders?order=41', presses: ['Send a parcel'] },
    refund: { at: '/orders?order=41', presses: ['Refund of ₽1,290.50 (transfer)'] },
    cancel: { at: '/orders?order=42', presses: ['Cancel the order'] },
  },
  panels: { order: '/orders?order=41' },
  pictures: { ru: PICTURES, en: PICTURES },
} satisfies ScreenSamples;
