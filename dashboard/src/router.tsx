import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type RouterHistory,
} from '@tanstack/react-router';
import { parseOverviewSearch } from './routes/overview/search';
import { parseConnectSearch } from './routes/shops/search';
import { LoadFailed } from './shell/LoadFailed';
import { NotFound } from './shell/NotFound';
import { Shell } from './shell/Shell';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

const enter = createRoute({
  getParentRoute: () => root,
  path: '/enter',
  component: lazyRouteComponent(() => import('./routes/enter/EnterPage'), 'EnterPage'),
});

/** Everything that needs a session stands inside the shell. */
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });

const overview = createRoute({
  getParentRoute: () => shell,
  path: '/',
  validateSearch: parseOverviewSearch,
  component: lazyRouteComponent(() => import('./routes/overview/OverviewPage'), 'OverviewPage'),
});

const shops = createRoute({
  getParentRoute: () => shell,
  path: '/shops',
  component: lazyRouteComponent(() => import('./routes/shops/ShopsPage'), 'ShopsPage'),
});

const connect = createRoute({
  getParentRoute: () => shell,
  path: '/shops/connect',
  validateSearch: parseConnectSearch,
  component: lazyRouteComponent(() => import('./routes/shops/ConnectPage'), 'ConnectPage'),
});

const data = createRoute({
  getParentRoute: () => shell,
  path: '/data',
  component: lazyRouteComponent(() => import('./routes/data/DataPage'), 'DataPage'),
});

const routeTree = root.addChildren([enter, shell.addChildren([overview, shops, connect, data])]);

/** Plain `?shops=1,2&period=7d` instead of the router's JSON, so that an address can be read. */
function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

function stringifySearch(search: Record<string, unknown>): string {
  const pairs = Object.entries(search)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => {
      const text = Array.isArray(value) ? value.join(',') : String(value);
      return `${key}=${encodeURIComponent(text).replaceAll('%2C', ',').replaceAll('%3A', ':')}`;
    });
  return pairs.length ? `?${pairs.join('&')}` : '';
}

export function createAppRouter(history?: RouterHistory) {
  return createRouter({
    routeTree,
    history,
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultErrorComponent: LoadFailed,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
