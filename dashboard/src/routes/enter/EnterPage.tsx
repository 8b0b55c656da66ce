import { Alert, Button, Card, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, api } from '../../api/client';
import { Brand } from '../../shell/Brand';
import { LanguageSwitch, ThemeSwitch } from '../../shell/Preferences';
import { useProblemText } from '../../ui/problem';

/**
 * Opens a session with the secret after `#`, which no server or log on the way sees. Only on a
 * press: the preview robots of messengers open links too.
 */
export function EnterPage() {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const navigate = useNavigate();
  const client = useQueryClient();
  const token = useLocation({ select: ({ hash }) => hash });
  const [refused, setRefused] = useState(false);

  const enter = useMutation({
    mutationFn: api.enter,
    onSuccess: async () => {
      client.clear();
      await navigate({ to: '/', replace: true });
    },
    onError: async (error) => {
      if (!(error instanceof ApiError) || error.status !== 401) return;
      setRefused(true);
      // A link that does not work has no business staying in the address bar and the history.
      await navigate({ to: '/enter', hash: '', replace: true });
    },
  });

  const noToken = !token && !refused;
  return (
    <main className="alone">
      <Brand />
      <Card withBorder p="xl" className="centred">
        <h1 className="h1">{t('enter.title')}</h1>
        {token ? (
          <>
            <Text c="dimmed">{t('enter.what')}</Text>
            <Button size="lg" loading={enter.isPending} onClick={() => enter.mutate(token)}>
              {t('enter.open')}
            </Button>
            {enter.error && enter.variables === token && (
              <Alert role="alert" color="red" className="notice">
                {problemText(enter.error)}
              </Alert>
            )}
          </>
        ) : (
          <Alert
            role="alert"
            color={noToken ? 'gray' : 'red'}
            className="notice"
            icon={<IconAlertTriangle aria-hidden="true" />}
            title={t(noToken ? 'enter.noToken' : 'enter.invalid')}
          >
            {t('enter.askNew')}
          </Alert>
        )}
      </Card>
      <div className="shell-tools">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
    </main>
  );
}
