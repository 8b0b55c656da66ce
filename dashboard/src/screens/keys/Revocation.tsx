import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../../ui/dialog/Dialog';
import { useKeyChange } from './queries';

type Props = { name: string; onRevoke: () => Promise<unknown> };

/** Ends a key at once, once the owner has said yes. */
export function Revocation({ name, onRevoke }: Props) {
  const { t } = useTranslation();
  const [isAsked, setAsked] = useState(false);
  const revoke = useKeyChange(onRevoke, () => setAsked(false));
  return (
    <>
      <Button
        size="md"
        variant="subtle"
        color="red"
        aria-label={`${t('keys.revoke')}: ${name}`}
        onClick={() => setAsked(true)}
      >
        {t('keys.revoke')}
      </Button>
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={t('keys.revokeTitle', { name })}
        action={t('keys.revoke')}
        isDangerous
        isPending={revoke.isPending}
        error={revoke.error}
        onConfirm={() => revoke.mutate()}
      >
        {t('keys.revokeWhat')}
      </Confirm>
    </>
  );
}
