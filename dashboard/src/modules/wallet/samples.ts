import { SHOPS, TEA } from '../../testing/samples';
import type { ScreenSamples } from '../../testing/screenSamples';
import type { Entry, WalletRow } from './queries';

export const WALLET: WalletRow = {
  id: 5,
  buyer_no: 17,
  buyer_name: 'Анна',
  currency: 'RUB',
  balance_minor: 150_000,
  held_minor: 20_000,
};

export const ENTRY: Entry = {
  id: 31,
  kind: 'reward',
  currency: 'RUB',
  amount_minor: 50_000,
  balance_minor: 150_000,
  order_id: null,
  order_no: null,
  reason: 'За отзыв',
  made_by: 'Ольга',
  created_at: '2026-11-23T09:00:00Z',
};

const TEA_WITH_WALLET = {
  ...TEA,
  bots: TEA.bots.map((bot) => ({ ...bot, modules: [...bot.modules, 'wallet'] })),
};
const WALLET_OF = 'GET /api/v1/bots/7000000001/modules/wallet';

export default {
  answers: {
    'GET /api/v1/shops': [TEA_WITH_WALLET, ...SHOPS.slice(1)],
    [`${WALLET_OF}/owed`]: [
      { currency: 'RUB', wallets: 3, balance_minor: 321_000, held_minor: 20_000 },
    ],
    [`${WALLET_OF}/wallets`]: { wallets: [WALLET], next_balance: null, next_id: null },
    [`${WALLET_OF}/wallets/5`]: { wallet: WALLET, entries: [ENTRY], next_before: null },
  },
  panels: { wallet: '/wallets?wallet=5' },
} satisfies ScreenSamples;
