import type { ScreenSamples } from '../../../testing/screenSamples';
import type { Rule, Rules } from '../queries';

export const GUESSES: Rule = {
  key: 'promo_guesses',
  abuse: 'promo',
  abuse_title: { ru: 'Злоупотребление промокодами', en: 'Abuse of promo codes' },
  title: {
    ru: 'Подбор промокодов: неверные коды за 5 минут',
    en: 'Promo codes guessed: wrong codes in 5 minutes',
  },
  window_seconds: 300,
  is_share: false,
  is_on: true,
  is_shadow: false,
  weight: 0.8,
  threshold: 5,
  own: null,
};

export const REFUNDS: Rule = {
  ...GUESSES,
  key: 'refund_share',
  abuse: 'refund',
  abuse_title: { ru: 'Злоупотребление возвратами', en: 'Abuse of refunds' },
  title: {
    ru: 'Большая доля возвратов за 90 дней, не меньше трёх',
    en: 'A large share of refunds in 90 days, at least three',
  },
  window_seconds: 7_776_000,
  is_share: true,
  is_shadow: true,
  threshold: 0.3,
  own: { is_on: true, is_shadow: true, weight: null, threshold: null },
};

export const RULES: Rules = { limits: { review: 65, block: 75 }, rules: [GUESSES, REFUNDS] };

export default {
  answers: { 'GET /api/v1/shops/1/fraud/rules': RULES },
  panels: { rule: '/fraud/rules?rule=promo_guesses' },
} satisfies ScreenSamples;
