import { useTranslation } from 'react-i18next';

/** The one source of all shoppers' own links. */
const INVITATIONS = 'invitations';

/** What a link's code is called: by itself, but for the one that nobody has made. */
export function useSourceName(): (code: string) => string {
  const { t } = useTranslation();
  return (code) => (code === INVITATIONS ? t('sourceName.invitations') : code);
}
