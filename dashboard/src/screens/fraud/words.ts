import { useTranslation } from 'react-i18next';
import { formatCount } from '../../format/money';
import { useLanguage } from '../../i18n';
import type { Tone } from '../../ui/Pill';
import type { Case, Decision, DecisionKind } from './queries';
import type { Abuse } from './search';

export const TONES: Record<Case['outcome'], Tone> = {
  allow: 'good',
  review: 'waiting',
  hold: 'waiting',
  block: 'bad',
};

/** Verdicts and decisions in words. */
export function useFraudWords() {
  const { t, i18n } = useTranslation();
  const language = useLanguage();
  return {
    scoreOf: (score: number) => formatCount(Math.round(score), language),
    outcomeOf: (outcome: Case['outcome']) => t(`fraud.outcome.${outcome}`),
    abuseOf: (abuse: Abuse | string) =>
      i18n.exists(`fraud.abuse.${abuse}`) ? t(`fraud.abuse.${abuse}`) : abuse,
    decisionOf: (decision: DecisionKind) => t(`fraud.decided.${decision}`),
    /** Who decided, or what no person did. */
    deciderOf: ({ decided_by, is_from_file }: Decision) =>
      is_from_file ? t('fraud.byFile') : decided_by,
    whoOf: (name: string, buyerNo: number) =>
      name
        ? `${name} · ${t('number', { number: buyerNo })}`
        : t('fraud.buyer', { number: buyerNo }),
  };
}
