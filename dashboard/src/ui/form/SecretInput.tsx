import { Button, PasswordInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { InputProps } from './FieldInput';
import { isKept } from './fields';
import styles from './form.module.css';

type Props = InputProps & { common: object };

/** A secret is written, never read: of the one that is kept, its last characters are shown. */
export function SecretInput({ value, common, isReadOnly, onChange }: Props) {
  const { t } = useTranslation();
  const [kept] = useState(isKept(value) ? value : null);
  const written = typeof value === 'string' ? value : '';
  return (
    <div className={styles.secret}>
      <PasswordInput
        {...common}
        autoComplete="off"
        spellCheck={false}
        placeholder={isKept(value) ? t('form.kept', { tail: value.tail }) : ''}
        value={written}
        onChange={({ currentTarget }) => onChange(currentTarget.value || kept)}
        visibilityToggleButtonProps={{ 'aria-label': t('form.showSecret'), tabIndex: 0 }}
      />
      {isKept(value) && !isReadOnly && (
        <Button size="md" variant="subtle" color="red" onClick={() => onChange(null)}>
          {t('form.dropSecret')}
        </Button>
      )}
    </div>
  );
}
