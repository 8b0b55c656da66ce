import { SHOPS, TEA } from '../../testing/samples';
import type { ScreenSamples } from '../../testing/screenSamples';
import type { LotRow, Member, PointSums } from './queries';

export const LOTS: LotRow[] = [
  {
    id: 9,
    buyer_no: 12,
    buyer_name: 'Анна',
    order_id: 77,
    order_no: 31,
    points: 45,
    reason: '',
    usable_at: '2026-11-20T10:00:00Z',
    expires_at: '2027-11-20T10:00:00Z',
    created_at: '2026-11-20T10:00:00Z',
  },
  {
    id: 8,
    buyer_no: 12,
    buyer_name: 'Анна',
    order_id: null,
    order_no: null,
    points: 100,
    reason: 'Заказ задержался',
    usable_at: '2026-11-18T10:00:00Z',
    expires_at: null,
    created_at: '2026-11-18T10:00:00Z',
  },
];

export const MEMBER: Member = {
  buyer_no: 12,
  tier: 'silver',
  percent: 7,
  balance: { usable: 145, waiting: 20, expiring: 45, expires_at: '2027-11-20T10:00:00Z' },
  movements: [
    {
      points: 45,
      order_no: 31,
      is_open: false,
      reason: '',
      at: '2026-11-20T10:00:00Z',
      usable_at: '2026-11-20T10:00:00Z',
      expires_at: '2027-11-20T10:00:00Z',
    },
    {
      points: 100,
      order_no: null,
      is_open: false,
      reason: 'Заказ задержался',
      at: '2026-11-18T10:00:00Z',
      usable_at: '2026-11-18T10:00:00Z',
      expires_at: null,
    },
  ],
};

export const SUMS: PointSums = {
  members: 40,
  usable: 5_210,
  waiting: 130,
  expiring: 300,
  earned: 2_400,
  spent: 900,
};

export const TEA_WITH_LOYALTY = {
  ...TEA,
  bots: TEA.bots.map((bot) => ({ ...bot, modules: [...bot.modules, 'loyalty'] })),
};

const BASE = 'GET /api/v1/bots/7000000001/modules/loyalty';

export default {
  answers: {
    'GET /api/v1/shops': [TEA_WITH_LOYALTY, ...SHOPS.slice(1)],
    [`${BASE}/lots`]: { lots: LOTS, next_before: null },
    [`${BASE}/sums`]: SUMS,
    [`${BASE}/customers/12`]: MEMBER,
  },
  address: '/loyalty',
  panels: { member: '/loyalty?buyer=12' },
} satisfies ScreenSamples;
