import { useTranslation } from 'react-i18next';
import { ApiError } from '../../../api/errors';
import { Refused } from '../../../ui/Refused';
import text from '../../../ui/text.module.css';

/** Why a change did not go through; another owner's change meanwhile is told as such. */
export function ChangeRefused({ error }: { error: Error | null }) {
  const { t } = useTranslation();
  if (error instanceof ApiError && error.status === 412)
    return (
      <p role="alert" className={text.error}>
        {t('fraudRules.changedMeanwhile')}
      </p>
    );
  return <Refused error={error} />;
}
