import { SHOPS, TEA } from '../../testing/samples';
import type { ScreenSamples } from '../../testing/screenSamples';
import type { Review } from './queries';

export const REVIEW: Review = {
  id: 8,
  bot_id: 7000000001,
  order_id: 41,
  order_no: 7,
  line: 1,
  product_id: 3,
  title: 'Да Хун Пао',
  buyer_no: 17,
  rating: 4,
  body: 'Хороший чай, но долго везли.',
  sha256: null,
  state: 'waiting',
  moderated_by: '',
  answer: '',
  version: 2,
  created_at: '2026-11-23T09:00:00Z',
  changed_at: '2026-11-23T09:00:00Z',
};

const TEA_WITH_REVIEWS = {
  ...TEA,
  bots: TEA.bots.map((bot) => ({ ...bot, modules: [...bot.modules, 'reviews'] })),
};
const REVIEWS = 'GET /api/v1/bots/7000000001/modules/reviews';

export default {
  answers: {
    'GET /api/v1/shops': [TEA_WITH_REVIEWS, ...SHOPS.slice(1)],
    [`${REVIEWS}/reviews`]: { reviews: [REVIEW], next_before: null },
    [`${REVIEWS}/ratings`]: [{ product_id: 3, title: 'Да Хун Пао', reviews: 12, average: 4.6 }],
  },
  panels: { review: '/reviews?review=8' },
} satisfies ScreenSamples;
