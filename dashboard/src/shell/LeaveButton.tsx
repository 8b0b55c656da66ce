import { ActionIcon } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { meQuery } from '../api/queries';

export function LeaveButton() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const leave = useMutation({
    mutationFn: api.leave,
    onSuccess: async () => {
      // What was seen in the session must not stay on the screen after it.
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' });
      await client.resetQueries({ queryKey: meQuery.queryKey });
    },
  });
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      className="tool"
      aria-label={t('leave')}
      title={t('leave')}
      loading={leave.isPending}
      onClick={() => leave.mutate()}
    >
      <IconLogout size={20} />
    </ActionIcon>
  );
}
