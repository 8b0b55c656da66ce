import type { ScreenSamples } from '../../testing/screenSamples';
import type { Action, Case, Shopper } from './queries';

export const CASE: Case = {
  buyer_no: 17,
  first_name: 'Анна',
  username: 'anna',
  telegram_id: 555,
  abuse: 'promo',
  score: 88.4,
  outcome: 'hold',
  seen_at: '2026-11-23T09:00:00Z',
  label: null,
  is_allowed: false,
  title: { ru: 'Злоупотребление промокодами', en: 'Abuse of promo codes' },
  reasons: [
    {
      rule: 'promo_guesses',
      words: {
        ru: 'Подбор промокодов: неверные коды за 5 минут: 7, порог 5 за 5 мин',
        en: 'Promo codes guessed: wrong codes in 5 minutes: 7, the limit is 5 in 5 min',
      },
      value: 7,
      threshold: 5,
      window_seconds: 300,
      contribution: 80,
    },
    {
      rule: 'promo_stacking',
      words: {
        ru: 'Слишком много промокодов за сутки: 5, порог 6 за 1 дн.',
        en: 'Too many promo codes in a day: 5, the limit is 6 in 1 d',
      },
      value: 5,
      threshold: 6,
      window_seconds: 86_400,
      contribution: 42,
    },
  ],
};

export const OTHER: Case = {
  ...CASE,
  buyer_no: 18,
  first_name: '',
  username: null,
  abuse: 'flood',
  score: 66,
  outcome: 'review',
  title: { ru: 'Флуд и спам', en: 'Floods and spam' },
  reasons: [],
};

export const SHOPPER: Shopper = {
  customer: {
    buyer_no: 17,
    telegram_id: 555,
    first_name: 'Анна',
    username: 'anna',
    language: 'ru',
    is_premium: false,
    is_staff: false,
    is_test: false,
    source: null,
    first_seen_at: '2026-11-20T09:00:00Z',
    last_seen_at: '2026-11-23T09:00:00Z',
    last_bought_at: null,
    blocked_at: null,
    spent: [],
  },
  cases: [CASE],
  decisions: [
    {
      id: 4,
      buyer_no: 17,
      abuse: 'promo',
      decision: 'ignored',
      score: 66,
      note: 'Спросила в поддержке',
      decided_by: 'Ольга',
      is_from_file: false,
      decided_at: '2026-11-22T09:00:00Z',
      undone_at: null,
      undone_by: '',
    },
  ],
};

export const ACTION: Action = {
  id: 6,
  bot_id: 7000000001,
  buyer_no: 17,
  abuse: 'promo',
  title: CASE.title,
  action: 'lock',
  words: { ru: 'Промокоды не принимались', en: 'Promo codes were not taken' },
  is_shadow: false,
  score: 88.4,
  order_id: null,
  times: 2,
  first_at: '2026-11-23T08:00:00Z',
  last_at: '2026-11-23T09:00:00Z',
  reasons: CASE.reasons,
};

const FRAUD = 'GET /api/v1/shops/1/fraud';

export default {
  answers: {
    [`${FRAUD}/queue`]: { cases: [CASE, OTHER], next: null },
    [`${FRAUD}/actions`]: { actions: [ACTION], next: null },
    [`${FRAUD}/shoppers/17`]: SHOPPER,
    [`${FRAUD}/shoppers/17/snoozes`]: [{ rule: 'promo_stacking', until: '2026-11-30T09:00:00Z' }],
    'GET /api/v1/shops/1/customers/17/history': {
      events: [
        {
          at: '2026-11-23T09:00:00Z',
          event: 'bot_started',
          product: null,
          order_no: null,
          currency: null,
          amount_minor: null,
          bot_id: 7000000001,
          outcome: null,
          quantity: null,
          session_no: 1,
        },
      ],
      next: null,
    },
  },
  panels: { shopper: '/fraud?buyer=17&about=promo' },
} satisfies ScreenSamples;
