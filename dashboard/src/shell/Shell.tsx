import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { bearer } from '../api/bearer';
import { isSessionOver } from '../api/errors';
import type { Me } from '../api/model';
import { currenciesQuery, meQuery } from '../api/queries';
import { useBotStates } from '../live/useBotStates';
import { screenAt } from '../screens';
import { ErrorCard } from '../ui/ErrorCard';
import { patiently } from '../ui/loadedLater';
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
const TelegramFrame = lazy(() => patiently(() => import('../telegram/TelegramFrame')));
/** The first figures do not wait for what chooses others. */
const ViewBar = lazy(() => patiently(() => import('../view/ViewBar')));

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
            <Suspense>
              <ViewBar uses={screen.view} />
            </Suspense>
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
        <Suspense>
          <TelegramFrame />
        </Suspense>
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
