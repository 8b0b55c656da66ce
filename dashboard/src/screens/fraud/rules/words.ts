import { useTranslation } from 'react-i18next';
import { formatCount, formatShare } from '../../../format/money';
import { useLanguage } from '../../../i18n';
import type { Rule } from '../queries';

/** A rule's numbers and state in words. */
export function useRuleWords() {
  const { t } = useTranslation();
  const language = useLanguage();
  return {
    stateOf: ({ is_on, is_shadow }: Rule) =>
      t(
        is_on
          ? is_shadow
            ? 'fraudRules.state.shadow'
            : 'fraudRules.state.on'
          : 'fraudRules.state.off',
      ),
    valueOf: ({ is_share }: Pick<Rule, 'is_share'>, value: number) =>
      is_share ? formatShare(value, language) : formatCount(value, language),
    /** "3 of 250 (1.2 %)" */
    hitsOf: (hits: number, users: number) =>
      t('fraudRules.hits', {
        hits: formatCount(hits, language),
        users: formatCount(users, language),
        share: formatShare(users ? hits / users : null, language),
      }),
  };
}

/** A number as a person types it, with a comma or a point; undefined if it is none. */
export function typedNumber(typed: string): number | undefined {
  const number = Number(typed.trim().replace(',', '.'));
  return typed.trim() && Number.isFinite(number) ? number : undefined;
}

/** As it is typed, without digits that nobody set. */
export const typedOf = (value: number) => String(Number(value.toPrecision(12)));
