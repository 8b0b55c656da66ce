import { useEffect } from 'react';
import type { Role } from '../api/model';
import { IN_MENU, mayOpen } from '../screens';
import { whenIdle } from './whenIdle';

const isSaving = () =>
  (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;

/** Fetches the code of the screens in the menu while nothing else is to be done, one after the
 * other, so that a lost network does not keep anybody from a screen. */
export function useAheadLoading(role: Role | undefined): void {
  useEffect(() => {
    if (!role || isSaving()) return;
    let isStopped = false;
    const queue = IN_MENU.filter((screen) => mayOpen(screen, role));
    const next = () => {
      const screen = isStopped ? undefined : queue.shift();
      // A chunk that does not come now is asked for again when its screen is opened.
      if (screen) void screen.Component.preload().then(later, () => undefined);
    };
    const later = () => whenIdle(next);
    later();
    return () => {
      isStopped = true;
    };
  }, [role]);
}
