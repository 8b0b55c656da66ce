import { useTranslation } from 'react-i18next';
import { formatMoney, formatShare, NONE } from '../../format/money';
import { useLanguage } from '../../i18n';
import type { Tone } from '../../ui/Pill';
import type { PromoCode } from './queries';

/** What a code gives and what came of it, in words. */
export function usePromoWords() {
  const { t } = useTranslation();
  const language = useLanguage();
  const money = (minor: number, currency: string) => formatMoney(minor, currency, language);
  const stateOf = ({ is_active, ends_at }: PromoCode) => {
    if (!is_active) return 'off';
    return ends_at && Date.parse(ends_at) <= Date.now() ? 'over' : 'on';
  };
  return {
    toneOf: (code: PromoCode): Tone => (stateOf(code) === 'on' ? 'good' : 'plain'),
    stateOf: (code: PromoCode) => t(`promo.state.${stateOf(code)}`),
    givesOf: ({ kind, share_bp, amount_minor, currency }: PromoCode) => {
      if (kind === 'percent') return `−${formatShare((share_bp ?? 0) / 10_000, language)}`;
      if (kind === 'amount') return `−${money(amount_minor ?? 0, currency ?? 'XTR')}`;
      return t(`promo.kind.${kind}`);
    },
    usesOf: ({ usage = [], most_uses }: PromoCode) => {
      const uses = usage.reduce((sum, each) => sum + each.uses, 0);
      return most_uses == null ? String(uses) : t('promo.usesOf', { uses, most: most_uses });
    },
    discountOf: ({ usage = [] }: PromoCode) =>
      usage.map(({ discount_minor, currency }) => money(discount_minor, currency)).join(' + ') ||
      NONE,
    salesOf: ({ usage = [] }: PromoCode) =>
      usage.map(({ net_minor, currency }) => money(net_minor, currency)).join(' + ') || NONE,
  };
}
