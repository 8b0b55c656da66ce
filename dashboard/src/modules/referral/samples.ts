import { SHOPS, TEA } from '../../testing/samples';
import type { ScreenSamples } from '../../testing/screenSamples';
import type { HeldReward, InviterRow, RewardSum } from './queries';

export const HELD: HeldReward = {
  id: 5,
  bot_id: 7_000_000_001,
  buyer_no: 12,
  invited_buyer_no: 40,
  level: 1,
  order_id: 77,
  order_no: 31,
  amount_minor: 45,
  currency: 'XTR',
  is_share: true,
  state: 'held',
  suspicion: 'contact',
  reason: '',
  way: '',
  earned_at: '2026-11-20T10:00:00Z',
  due_at: '2026-12-04T10:00:00Z',
  decided_at: null,
};

export const GIVEN: HeldReward = {
  ...HELD,
  id: 4,
  order_no: 28,
  state: 'given',
  suspicion: '',
  way: 'promo',
  decided_at: '2026-11-18T10:00:00Z',
};

export const SUMS: RewardSum[] = [
  { state: 'given', currency: 'XTR', rewards: 9, amount_minor: 410 },
  { state: 'held', currency: 'XTR', rewards: 1, amount_minor: 45 },
];

export const INVITERS: InviterRow[] = [
  { buyer_no: 12, buyer_name: 'Анна', invited: 14, bought: 9, rejected: 2 },
];

export const TEA_WITH_REFERRALS = {
  ...TEA,
  bots: TEA.bots.map((bot) => ({ ...bot, modules: [...bot.modules, 'referral'] })),
};

export default {
  answers: {
    'GET /api/v1/shops': [TEA_WITH_REFERRALS, ...SHOPS.slice(1)],
    'GET /api/v1/bots/7000000001/modules/referral/rewards': {
      rewards: [HELD, GIVEN],
      next_before: null,
    },
    'GET /api/v1/bots/7000000001/modules/referral/sums': SUMS,
    'GET /api/v1/bots/7000000001/modules/referral/inviters': INVITERS,
  },
  dialogs: { give: ['Give now'], reject: ['Reject'] },
} satisfies ScreenSamples;
