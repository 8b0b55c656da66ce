import { DICTIONARY } from '../../screens/dictionary/samples';
import { SHOPS, TEA } from '../../testing/samples';
import type { ScreenSamples } from '../../testing/screenSamples';
import type { OpenCart } from './queries';

export const CART: OpenCart = {
  buyer_no: 17,
  changed_at: '2026-11-22T09:00:00Z',
  currency: 'RUB',
  reminded_at: null,
  titles: ['Да Хун Пао', 'Пуэр'],
  units: 3,
  value_minor: 129_050,
};

const tea = { ...TEA, bots: TEA.bots.map((bot) => ({ ...bot, modules: ['cart'] })) };

export default {
  answers: {
    'GET /api/v1/shops': [tea, ...SHOPS.slice(1)],
    'GET /api/v1/bots/7000000001/modules/cart/carts': {
      carts: [CART, { ...CART, buyer_no: 9, reminded_at: '2026-11-23T09:00:00Z' }],
      next_at: null,
      next_buyer_no: null,
    },
    'GET /api/v1/bots/7000000001/modules/cart/summary': [
      { carts: 2, currency: 'RUB', left: 1, left_value_minor: 129_050, value_minor: 258_100 },
    ],
    'GET /api/v1/dictionary': DICTIONARY,
  },
} satisfies ScreenSamples;
