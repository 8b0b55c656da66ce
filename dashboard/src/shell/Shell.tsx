import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useLocation } from '@tanstack/react-router';
import { Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { bearer } from '../api/bearer';
import { isSessionOver } from '../api/errors';
import type { Me } from '../api/model';
import { currenciesQuery, meQuery } from '../api/queries';
import { useBotStates } from '../live/useBotStates';
import { screenAt } from '../screens';
import { Boundary } from '../ui/Boundary';
import { ErrorCard } from '../ui/ErrorCard';
import { loadedLater } from '../ui/loadedLater';
import { Brand } from './Brand';
import { CommandPalette } from './CommandPalette';
import { ConnectionBanner } from './ConnectionBanner';
import { DegradedBanner } from './DegradedBanner';
import { KeysHelp } from './KeysHelp';
import { LeaveButton } from './LeaveButton';
import { Menu } from './Menu';
import { NeedLink } from './NeedLink';
import { LanguageSwitch, ThemeSwitch } from './Preferences';
import styles from './shell.module.css';
import { useAheadLoading } from './useAheadLoading';

/** Its code comes within Telegram alone. */
const TelegramFrame = loadedLater(() =>
  import('../telegram/TelegramFrame').then(({ TelegramFrame }) => TelegramFrame),
);
/** The first figures do not wait for what chooses others. */
const ViewBar = loadedLater(() => import('../view/ViewBar').then(({ ViewBar }) => ViewBar));

/** Who is here: nobody before the answer, and nobody once the session is over. */
function useVisitor(): Me | undefined {
  const { data, error } = useQuery(meQuery);
  return isSessionOver(error) ? undefined : data;
}

function Content() {
  const { t } = useTranslation();
  const me = useQuery(meQuery);
  const currencies = useQuery(currenciesQuery);
  if (isSessionOver(me.error)) return <NeedLink />;
  if (me.error && !me.data) return <ErrorCard error={me.error} onRetry={() => void me.refetch()} />;
  if (currencies.error && !currencies.data)
    return <ErrorCard error={currencies.error} onRetry={() => void currencies.refetch()} />;
  if (!me.data || !currencies.data)
    return <Skeleton h={320} role="status" aria-label={t('loading')} />;
  return <Outlet />;
}

export function Shell() {
  const { t } = useTranslation();
  const visitor = useVisitor();
  const status = useBotStates(visitor !== undefined);
  const isInTelegram = bearer() !== null;
  const screen = screenAt(useLocation({ select: ({ pathname }) => pathname }));
  useAheadLoading(visitor?.role);
  useNewScreen(screen?.folder);
  return (
    <div className={styles.shell} data-inside={visitor !== undefined || undefined}>
      <a className={styles.skip} href="#main">
        {t('nav.skip')}
      </a>
      <header className={styles.header}>
        <Brand />
        {visitor && screen?.view && (
          <div className={styles.view}>
            <Boundary
              again={screen.folder}
              instead={(_, onRetry) => (
                <div role="alert">
                  <Button size="md" variant="default" onClick={onRetry}>
                    {`${t('error.title')}. ${t('error.retry')}`}
                  </Button>
                </div>
              )}
            >
              <Suspense>
                <ViewBar uses={screen.view} />
              </Suspense>
            </Boundary>
          </div>
        )}
        <div className={styles.tools}>
          {visitor && <CommandPalette role={visitor.role} />}
          <LanguageSwitch />
          <ThemeSwitch />
          {visitor && <LeaveButton />}
        </div>
      </header>
      {isInTelegram && (
        // It draws nothing, so nothing is missed; the next screen tries again.
        <Boundary again={screen?.folder} instead={() => null}>
          <Suspense>
            <TelegramFrame />
          </Suspense>
        </Boundary>
      )}
      {visitor && <KeysHelp />}
      {visitor && <Menu me={visitor} />}
      <main id="main" className={styles.main} tabIndex={-1}>
        {visitor && <ConnectionBanner status={status} />}
        {visitor && <DegradedBanner />}
        <Content />
      </main>
    </div>
  );
}

/** A new screen begins at its heading: for the eyes by the router, for readers and keys by this. */
function useNewScreen(folder: string | undefined): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: each time that the screen is another one
  useEffect(() => {
    const { activeElement } = document;
    // Whoever is typing, as in the palette's field, stays there.
    if (activeElement && activeElement !== document.body && !isLink(activeElement)) return;
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [folder]);
}

const isLink = (element: Element) => element.closest('nav') !== null;
