import { ActionIcon } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { send } from '../api/client';
import { forgetAll, meQuery } from '../api/queries';

export function LeaveButton() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const leave = useMutation({
    mutationFn: () => send('post', '/api/v1/leave'),
    onSuccess: async () => {
      forgetAll(client);
      await client.resetQueries({ queryKey: meQuery.queryKey });
    },
  });
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={44}
      aria-label={t('leave')}
      title={t('leave')}
      loading={leave.isPending}
      onClick={() => leave.mutate()}
    >
      <IconLogout size={20} />
    </ActionIcon>
  );
}
