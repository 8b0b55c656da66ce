import type { Role } from './api/model';
import { GROUPS, type Screen } from './defineScreen';
import { loadTextsOf } from './i18n';
import { type LoadedLater, loadedLater } from './ui/loadedLater';

export type KnownScreen = Screen & { folder: string; Component: LoadedLater };

const files = import.meta.glob<{ default: Screen }>(
  ['./screens/**/screen.ts', './modules/**/screen.ts'],
  { eager: true },
);

/** Every screen there is; its code comes with the texts of its folder. */
export const SCREENS: readonly KnownScreen[] = Object.entries(files).map(
  ([file, { default: screen }]) => {
    const folder = file.slice(0, -'/screen.ts'.length);
    const load = async () => {
      const [component] = await Promise.all([screen.load(), loadTextsOf(folder)]);
      return component;
    };
    return { ...screen, folder, Component: loadedLater(load) };
  },
);

export const IN_MENU = SCREENS.filter(({ menu }) => menu).sort(
  (a, b) =>
    GROUPS.indexOf(a.menu?.group ?? 'system') - GROUPS.indexOf(b.menu?.group ?? 'system') ||
    (a.menu?.order ?? 0) - (b.menu?.order ?? 0),
);

export const mayOpen = (screen: Screen, role: Role) => screen.roles?.includes(role) ?? true;

/** The screen of an address; the one whose path says most of it. */
export function screenAt(pathname: string): KnownScreen | undefined {
  return SCREENS.filter(({ path }) => fits(path, pathname)).sort(
    (a, b) => Number(a.path.includes('$')) - Number(b.path.includes('$')),
  )[0];
}

function fits(path: string, pathname: string): boolean {
  const parts = path.split('/').filter(Boolean);
  const asked = pathname.split('/').filter(Boolean);
  return (
    parts.length === asked.length &&
    parts.every((part, index) => part.startsWith('$') || part === asked[index])
  );
}
