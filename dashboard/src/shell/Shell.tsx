import { Skeleton } from '@mantine/core';
import { IconBuildingStore, IconChartLine, IconDatabase } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client';
import { currenciesQuery, meQuery } from '../api/queries';
import { ErrorCard } from '../ui/ErrorCard';
import { Brand } from './Brand';
import { LeaveButton } from './LeaveButton';
import { NeedLink } from './NeedLink';
import { LanguageSwitch, ThemeSwitch } from './Preferences';

const SCREENS = [
  { to: '/', label: 'nav.overview', Icon: IconChartLine },
  { to: '/shops', label: 'nav.shops', Icon: IconBuildingStore },
  { to: '/data', label: 'nav.data', Icon: IconDatabase },
] as const;

function Screens() {
  const { t } = useTranslation();
  return SCREENS.map(({ to, label, Icon }) => (
    <Link
      key={to}
      to={to}
      className="nav-item"
      activeOptions={{ exact: to === '/', includeSearch: false }}
    >
      <Icon size={20} aria-hidden="true" />
      <span>{t(label)}</span>
    </Link>
  ));
}

function Content() {
  const me = useQuery(meQuery);
  const currencies = useQuery(currenciesQuery);
  if (me.error instanceof ApiError && me.error.status === 401) return <NeedLink />;
  if (me.error) return <ErrorCard error={me.error} onRetry={() => void me.refetch()} />;
  if (currencies.error)
    return <ErrorCard error={currencies.error} onRetry={() => void currencies.refetch()} />;
  if (!me.data || !currencies.data) return <Skeleton h={320} />;
  return <Outlet />;
}

export function Shell() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t('nav.skip')}
      </a>
      <header className="shell-header">
        <Brand />
        <div className="shell-tools">
          <LanguageSwitch />
          <ThemeSwitch />
          {me && <LeaveButton />}
        </div>
      </header>
      {me && (
        <nav className="shell-nav" aria-label={t('nav.main')}>
          <div className="shell-screens">
            <Screens />
            <p className="shell-who">
              <b>{t(`role.${me.role}`)}</b>
              {me.label && <span>{me.label}</span>}
            </p>
          </div>
        </nav>
      )}
      <main id="main" className="shell-main" tabIndex={-1}>
        <Content />
      </main>
    </div>
  );
}
