import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../api/errors';
import { shopsQuery } from '../../api/queries';
import { formatBytes } from '../../format/bytes';
import { formatCount, NONE } from '../../format/money';
import { dateFormat } from '../../format/time';
import { useLanguage } from '../../i18n';
import type { Tone } from '../../ui/Pill';
import { useProblemText } from '../../ui/problem';
import type { Alert, Link } from './queries';

export const STATE_TONES: Record<Link['state'], Tone> = {
  active: 'good',
  replaced: 'waiting',
  expired: 'plain',
  revoked: 'bad',
};

type Place = { network: string; country: string; address?: string | null };

/** Links, places and alerts in words. Times are by the clock of the device: access is of no shop. */
export function useAccessWords() {
  const { t, i18n } = useTranslation();
  const language = useLanguage();
  const { data: shops } = useQuery(shopsQuery);
  const moment = dateFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const regions = new Intl.DisplayNames(language, { type: 'region', fallback: 'code' });
  const countryOf = (code: string) => (/^[A-Z]{2}$/.test(code) ? regions.of(code) : code) || '';
  const count = (value: number) => formatCount(value, language);
  const listOf = (value: unknown, say = (each: string) => each) =>
    Array.isArray(value) ? value.map((each) => say(String(each))).filter(Boolean) : [];
  return {
    at: (iso: string | null) => (iso ? moment.format(new Date(iso)) : NONE),
    endOf: (iso: string | null) => (iso ? moment.format(new Date(iso)) : t('access.endless')),
    /** Labels may be alike, numbers are not. */
    nameOf: (label: string | null, id: number) =>
      label ? `${label} · ${t('number', { number: id })}` : t('access.linkNumber', { id }),
    shopsOf: (ids: number[] | null) =>
      ids === null
        ? t('access.everyShop')
        : ids
            .map((id) => shops?.find((shop) => shop.id === id)?.name ?? t('number', { number: id }))
            .join(', '),
    placeOf: ({ address, network, country }: Place) =>
      [countryOf(country), address ?? network].filter(Boolean).join(' · ') || NONE,
    alertTitle: ({ kind }: Alert) => t(`access.alert.${kind}.title`),
    alertWhat: ({ kind, value, threshold, subject, details }: Alert) =>
      t(`access.alert.${kind}.what`, {
        value: count(value),
        threshold: count(threshold),
        subject:
          kind === 'declined' && i18n.exists(`access.deed.${subject}`)
            ? t(`access.deed.${subject}`)
            : subject || t('access.manyAddresses'),
        kilometres: count(Number(details.kilometres ?? 0)),
        minutes: count(Number(details.minutes ?? 0)),
        bytes: formatBytes(Number(details.bytes ?? 0), language),
        usual: formatBytes(Number(details.median_bytes ?? 0), language),
      }),
    /** Where it was used from, as far as the alert says. */
    alertPlaces: ({ details }: Alert) =>
      [
        ...listOf(details.countries, countryOf),
        ...listOf(details.networks),
        ...listOf(details.agents),
      ].join(', '),
  };
}

/** As `useProblemText`, with what only this screen is refused. */
export function useAccessProblem(): (error: Error) => string {
  const { t, i18n } = useTranslation();
  const problemText = useProblemText();
  return (error) => {
    const key = error instanceof ApiError ? `access.problem.${error.code}` : '';
    return key && i18n.exists(key) ? t(key) : problemText(error);
  };
}
