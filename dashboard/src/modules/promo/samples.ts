import { SHOPS, TEA } from '../../testing/samples';
import type { ScreenSamples } from '../../testing/screenSamples';
import type { PromoCode } from './queries';

export const SPRING: PromoCode = {
  id: 3,
  version: 2,
  code: 'SPRING',
  kind: 'percent',
  share_bp: 1_000,
  most_uses: 100,
  most_per_buyer: 1,
  is_active: true,
  created_at: '2026-11-01T09:00:00Z',
  ends_at: '2026-12-31T21:00:00Z',
  link: 'promo_SPRING',
  usage: [
    {
      promo_id: 3,
      code: 'SPRING',
      currency: 'XTR',
      uses: 12,
      open_orders: 1,
      discount_minor: 640,
      net_minor: 5_760,
    },
  ],
};

export const TEA_WITH_PROMO = {
  ...TEA,
  bots: TEA.bots.map((bot) => ({ ...bot, modules: [...bot.modules, 'promo'] })),
};

export default {
  answers: {
    'GET /api/v1/shops': [TEA_WITH_PROMO, ...SHOPS.slice(1)],
    'GET /api/v1/bots/7000000001/modules/promo/codes': { codes: [SPRING], next_before: null },
    'GET /api/v1/bots/7000000001/modules/promo/codes/3': SPRING,
  },
  dialogs: {
    import: ['Codes from a file'],
    new: ['New code'],
    leave: { presses: ['New code', ['Code', 'SUMMER'], 'Close'], after: ['Close', 'Leave'] },
  },
  panels: { code: '/promo?code=3' },
} satisfies ScreenSamples;
