import { Card, Loader, Text, useMantineColorScheme } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keepBearer } from '../../api/bearer';
import { send } from '../../api/client';
import { forgetAll, meQuery } from '../../api/queries';
import { Brand } from '../../shell/Brand';
import { isDark, type Launch, launchOf } from '../../telegram/launch';
import layout from '../../ui/layout.module.css';
import { useTitle } from '../../ui/page/Page';
import { Refused } from '../../ui/Refused';
import text from '../../ui/text.module.css';

/** Where the bot's button leads: what Telegram signed opens a session, and the panel with it. */
export function AppPage() {
  const { t } = useTranslation();
  const [launch] = useState(() => launchOf(location.hash));
  const { bot } = useSearch({ strict: false }) as { bot?: number };
  const title = t(launch && bot ? 'app.title' : 'app.elsewhere');
  useTitle(title);
  return (
    <main className={layout.alone}>
      <Brand />
      <Card withBorder p="xl" className={layout.centred}>
        <h1 className={text.h1}>{title}</h1>
        {launch && bot ? (
          <Entering launch={launch} botId={bot} />
        ) : (
          <Text c="dimmed">{t('app.onlyTelegram')}</Text>
        )}
      </Card>
    </main>
  );
}

function Entering({ launch, botId }: { launch: Launch; botId: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const isSent = useRef(false);
  const { mutate, error } = useMutation({
    mutationFn: () =>
      send('post', '/api/v1/enter/telegram', {
        body: { bot_id: botId, init_data: launch.initData },
      }),
    meta: { isEntrance: true },
    gcTime: 0,
    onSuccess: async ({ token }) => {
      forgetAll(client);
      keepBearer(token);
      await client.resetQueries({ queryKey: meQuery.queryKey });
      // The signed words leave the address with this entry of the history.
      await navigate({ to: '/' as never, replace: true });
    },
  });
  // A launch opens one session: it is sent once, whatever is drawn how often.
  useEffect(() => {
    const { bg_color } = launch.theme;
    if (bg_color) setColorScheme(isDark(bg_color) ? 'dark' : 'light');
    const timer = setTimeout(() => {
      if (!isSent.current) mutate();
      isSent.current = true;
    }, 0);
    return () => clearTimeout(timer);
  }, [launch, mutate, setColorScheme]);
  if (!error) return <Loader aria-label={t('loading')} />;
  return (
    <>
      <Refused error={error} />
      <Text c="dimmed">{t('app.again')}</Text>
    </>
  );
}
