import { Alert, Button, Card, Text } from '@mantine/core';
import { IconLinkOff } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { forgetBearer } from '../../api/bearer';
import { send } from '../../api/client';
import { ApiError } from '../../api/errors';
import { Brand } from '../../shell/Brand';
import { LanguageSwitch, ThemeSwitch } from '../../shell/Preferences';
import layout from '../../ui/layout.module.css';
import { useTitle } from '../../ui/page/Page';
import { useProblemText } from '../../ui/problem';
import text from '../../ui/text.module.css';

/**
 * Opens a session with the secret after `#`, which no server or log on the way sees. Only on a
 * press: the preview robots of messengers open links too.
 */
export function EnterPage() {
  const { t } = useTranslation();
  useTitle(t('enter.open'));
  const problemText = useProblemText();
  const navigate = useNavigate();
  const client = useQueryClient();
  const token = useLocation({ select: ({ hash }) => hash });
  const [refused, setRefused] = useState(false);

  const enter = useMutation({
    mutationFn: (key: string) => {
      // An older session's secret would go before the new one's cookie.
      forgetBearer();
      return send('post', '/api/v1/enter', { body: { token: key } });
    },
    meta: { isEntrance: true },
    onSuccess: async () => {
      client.clear();
      await navigate({ to: '/' as never, replace: true });
    },
    onError: async (error) => {
      if (!(error instanceof ApiError) || error.status !== 401) return;
      setRefused(true);
      // A link that does not work has no business staying in the address bar and the history.
      await navigate({ to: '/enter' as never, hash: '', replace: true });
    },
  });

  const isLetIn = enter.isSuccess || (enter.isPending && !refused);
  return (
    <main className={layout.alone}>
      <Brand />
      <Card withBorder p="xl" className={layout.centred}>
        {/* Once let in, the address has no key any more, and the panel's code is on its way. */}
        {token || isLetIn ? (
          <>
            <h1 className={text.h1}>{t('enter.title')}</h1>
            <Text c="dimmed">{t('enter.what')}</Text>
            <Button
              size="lg"
              loading={enter.isPending || isLetIn}
              onClick={() => enter.mutate(token)}
            >
              {t('enter.open')}
            </Button>
            {enter.error && enter.variables === token && (
              <Alert role="alert" color="red" className={text.notice}>
                {problemText(enter.error)}
              </Alert>
            )}
          </>
        ) : (
          <>
            <IconLinkOff size={36} aria-hidden="true" className={refused ? text.down : undefined} />
            <div role="alert">
              <h1 className={text.h1}>{t(refused ? 'enter.invalid' : 'enter.noToken')}</h1>
              <Text c="dimmed" mt="sm">
                {t('enter.askNew')}
              </Text>
            </div>
          </>
        )}
      </Card>
      <div className={layout.tools}>
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
    </main>
  );
}
