import {
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  type RouterHistory,
} from '@tanstack/react-router';
import { type KnownScreen, SCREENS } from './screens';
import { LoadFailed } from './shell/LoadFailed';
import { NotFound } from './shell/NotFound';
import { Shell } from './shell/Shell';
import { parseView } from './view/view';

/** Every address has a view that can be drawn, whatever was written into it. */
const root = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFound,
  validateSearch: (raw: Record<string, unknown>) => ({ ...raw, ...parseView(raw) }),
});

/** Everything that needs a session stands inside the shell. */
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });

const outside = (screen: KnownScreen) =>
  createRoute({ getParentRoute: () => root, ...optionsOf(screen) });
const inside = (screen: KnownScreen) =>
  createRoute({ getParentRoute: () => shell, ...optionsOf(screen) });

function optionsOf({ path, search, Component }: KnownScreen) {
  return {
    path,
    component: Component,
    validateSearch: (raw: Record<string, unknown>) => search?.(raw) ?? {},
  };
}

const routeTree = root.addChildren([
  ...SCREENS.filter(({ isOutside }) => isOutside).map(outside),
  shell.addChildren(SCREENS.filter(({ isOutside }) => !isOutside).map(inside)),
]);

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
