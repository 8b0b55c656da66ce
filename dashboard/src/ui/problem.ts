import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client';

/** Says an error in the reader's language: by its code, else by its kind with the API's detail. */
export function useProblemText(): (error: Error) => string {
  const { t, i18n } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) return t('problem.broken');
    const key = `problem.${error.code}`;
    if (i18n.exists(key)) return t(key);
    if (error.status >= 500) return t('problem.server', { status: error.status });
    return t('problem.other', { detail: error.message });
  };
}
