import { Alert, Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import layout from '../layout.module.css';
import text from '../text.module.css';

type Props = { onTakeTheirs: () => void; onKeepMine: () => void };

/** Somebody else has saved the same thing meanwhile: nothing is lost before the owner has chosen. */
export function Conflict({ onTakeTheirs, onKeepMine }: Props) {
  const { t } = useTranslation();
  return (
    <Alert role="alert" color="yellow" className={text.notice} title={t('form.conflict')}>
      <p>{t('form.conflictWhat')}</p>
      <div className={layout.actions}>
        <Button size="md" variant="default" onClick={onTakeTheirs}>
          {t('form.takeTheirs')}
        </Button>
        <Button size="md" color="red" variant="outline" onClick={onKeepMine}>
          {t('form.keepMine')}
        </Button>
      </div>
    </Alert>
  );
}
