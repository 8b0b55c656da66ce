import { Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';

type Props = { isClean: boolean; onChange: (isClean: true | undefined) => void };

/** All people, or without those whom the fraud filter has flagged. */
export function VariantSwitch({ isClean, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <Switch
      size="md"
      label={t('figure.clean')}
      checked={isClean}
      onChange={({ currentTarget }) => onChange(currentTarget.checked || undefined)}
    />
  );
}
