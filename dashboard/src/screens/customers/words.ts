import { useTranslation } from 'react-i18next';
import { formatMoney, NONE } from '../../format/money';
import { useLanguage } from '../../i18n';
import type { Tone } from '../../ui/Pill';
import type { Customer } from './queries';

/** A customer in words: who, in which state, what they paid and kept. */
export function useCustomerWords() {
  const { t } = useTranslation();
  const language = useLanguage();
  const isBuyer = ({ spent }: Customer) => (spent?.length ?? 0) > 0;
  return {
    nameOf: ({ first_name, username, buyer_no }: Customer) =>
      first_name || (username ? `@${username}` : t('customers.number', { number: buyer_no })),
    toneOf: (customer: Customer): Tone =>
      customer.blocked_at ? 'bad' : isBuyer(customer) ? 'good' : 'plain',
    stateOf: (customer: Customer) =>
      t(
        `customers.state.${customer.blocked_at ? 'blocked' : isBuyer(customer) ? 'buyer' : 'visitor'}`,
      ),
    spentOf: ({ spent = [] }: Customer) =>
      spent
        .map(({ paid_minor, refunded_minor, currency }) =>
          formatMoney(paid_minor - refunded_minor, currency, language),
        )
        .join(' + ') || NONE,
  };
}
