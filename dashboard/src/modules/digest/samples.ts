import { SHOPS, TEA } from '../../testing/samples';
import type { ScreenSamples } from '../../testing/screenSamples';
import type { DigestState } from './queries';

export const STATE: DigestState = {
  daily: true,
  weekly: true,
  hour: 9,
  chats: 2,
  asked_at: null,
  reports: [
    {
      id: 3,
      kind: 'alert_payments',
      text: '⚠️ Payments fail: 14 of 16 today. Look at your way to pay.',
      chats: 2,
      picture: null,
      told_at: '2026-11-20T11:20:00Z',
    },
    {
      id: 2,
      kind: 'digest_day',
      text: 'Yesterday, beside the same day a week before\n\nSales: 48,120 ₽ (+12 %)\nPaid orders: 31 (+7 %)\nAverage order: 1,552 ₽\nNew people: 84 (-3 %)\nWere in the bot: 210 (+1 %)\n\nWhich link brought the sales:\n• ad_7: 20,300 ₽\n• no link: 9,100 ₽',
      chats: 2,
      picture: 'd'.repeat(64),
      told_at: '2026-11-20T06:00:00Z',
    },
    {
      id: 1,
      kind: 'digest_week',
      text: 'Last week, beside the one before\n\nSales: 301,900 ₽ (-4 %)\nPaid orders: 204 (=)',
      chats: 0,
      picture: null,
      told_at: '2026-11-16T06:00:00Z',
    },
  ],
};

export const TEA_WITH_DIGEST = {
  ...TEA,
  bots: TEA.bots.map((bot) => ({ ...bot, modules: [...bot.modules, 'digest'] })),
};

export default {
  answers: {
    'GET /api/v1/shops': [TEA_WITH_DIGEST, ...SHOPS.slice(1)],
    'GET /api/v1/bots/7000000001/modules/digest/reports': STATE,
  },
  address: '/digest',
  panels: { alert: '/digest?report=3' },
} satisfies ScreenSamples;
