import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { shopsQuery } from '../../api/queries';
import { NONE } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';

/** Keys in words. Times are by the clock of the device: a key is of no one shop. */
export function useKeyWords() {
  const { t } = useTranslation();
  const { data: shops } = useQuery(shopsQuery);
  const moment = dateFormat(useLanguage(), { dateStyle: 'medium', timeStyle: 'short' });
  return {
    at: (iso: string | null) => (iso ? moment.format(new Date(iso)) : NONE),
    endOf: (iso: string | null) => (iso ? moment.format(new Date(iso)) : t('keys.endless')),
    shopsOf: (ids: readonly number[]) =>
      ids
        .map((id) => shops?.find((shop) => shop.id === id)?.name ?? t('number', { number: id }))
        .join(', '),
  };
}

/** The end of a day by the device's clock, or none. */
export const endOfDay = (day: string) => (day ? new Date(`${day}T23:59:59`).toISOString() : null);
