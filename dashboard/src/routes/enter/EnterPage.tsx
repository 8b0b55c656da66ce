import { Alert, Button, Card, Text } from '@mantine/core';
import { IconLinkOff } from '@tabler/icons-react';
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

  return (
    <main className="alone">
      <Brand />
      <Card withBorder p="xl" className="centred">
        {token ? (
          <>
            <h1 className="h1">{t('enter.title')}</h1>
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
          <>
            <IconLinkOff size={36} aria-hidden="true" className={refused ? 'down' : undefined} />
            <div role="alert">
              <h1 className="h1">{t(refused ? 'enter.invalid' : 'enter.noToken')}</h1>
              <Text c="dimmed" mt="sm">
                {t('enter.askNew')}
              </Text>
            </div>
          </>
        )}
      </Card>
      <div className="shell-tools">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
    </main>
  );
}
