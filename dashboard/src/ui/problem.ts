import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/errors';
import { useLanguage } from '../i18n';
import { ChunkMissing } from './loadedLater';

/** Says an error in the reader's language: in the API's own words for this case, else by its code,
 * else by its kind with the API's detail. */
export function useProblemText(): (error: Error) => string {
  const { t, i18n } = useTranslation();
  const language = useLanguage();
  return (error) => {
    if (error instanceof ChunkMissing) return t('problem.network');
    if (!(error instanceof ApiError)) return t('problem.broken');
    if (error.explained) return error.explained[language];
    const key = `problem.${error.code}`;
    if (i18n.exists(key)) return t(key);
    if (error.status >= 500) return t('problem.server', { status: error.status });
    return t('problem.other', { detail: error.message });
  };
}
