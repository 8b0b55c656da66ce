import { SHOPS, TEA } from '../../testing/samples';
import type { ScreenSamples } from '../../testing/screenSamples';
import type { Standing } from './queries';

export const TEA_WITH_GATES = {
  ...TEA,
  bots: TEA.bots.map((bot) => ({ ...bot, modules: [...bot.modules, 'gates'] })),
};

export const STANDING: Standing = {
  passed: [
    { gate: 'captcha', passed: 412, last_at: '2026-11-23T08:20:00Z' },
    { gate: 'subscription', passed: 377, last_at: '2026-11-23T08:24:00Z' },
  ],
  channels: [
    { chat: '@tea_news', error: '' },
    { chat: '@tea_chat', error: 'CHAT_ADMIN_REQUIRED' },
  ],
};

export default {
  answers: {
    'GET /api/v1/shops': [TEA_WITH_GATES, ...SHOPS.slice(1)],
    'GET /api/v1/bots/7000000001/modules/gates/standing': STANDING,
  },
} satisfies ScreenSamples;
