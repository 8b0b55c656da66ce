import { useTranslation } from 'react-i18next';

const MOST = 5;

/** A rating of one to five. */
export function Stars({ rating }: { rating: number }) {
  const { t } = useTranslation();
  return (
    <span role="img" aria-label={t('reviews.stars', { rating })}>
      {'★'.repeat(rating)}
      {'☆'.repeat(MOST - rating)}
    </span>
  );
}
