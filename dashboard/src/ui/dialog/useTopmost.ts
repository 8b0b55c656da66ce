import { createContext, useContext, useEffect, useId, useMemo, useSyncExternalStore } from 'react';

/** What lies over the screen: who it is, and all that it was opened within. */
type Layer = { id: string; within: readonly string[] };

/** The topmost last. */
let open: readonly Layer[] = [];
const readers = new Set<() => void>();

function change(next: readonly Layer[]): void {
  open = next;
  for (const read of readers) read();
}

function subscribe(read: () => void): () => void {
  readers.add(read);
  return () => readers.delete(read);
}

/** What is opened last lies on top, but never below what it was opened within: of two that open at
 * once the inner one says so first. */
function put(layer: Layer): void {
  forgetFocus(); // what opens takes it
  const inner = open.findIndex(({ within }) => within.includes(layer.id));
  const place = inner < 0 ? open.length : inner;
  change([...open.slice(0, place), layer, ...open.slice(place)]);
}

/** After the kit has given the focus back. */
const GIVEN_BACK_MS = 50;
let timer: ReturnType<typeof setTimeout> | undefined;

/** The focus is not looked after any more for what has closed. */
export function forgetFocus(): void {
  clearTimeout(timer);
}

/** What opened it may be gone by now: then whoever goes by keys is at what is left, not nowhere. */
function keepFocus(): void {
  if (typeof document === 'undefined') return; // a test that is over
  if (document.activeElement !== document.body) return;
  const below = open.length > 0 ? [...document.querySelectorAll('[role=dialog]')].at(-1) : null;
  const left = below ?? document.getElementById('main');
  (left as HTMLElement | null)?.focus({ preventScroll: true });
}

const Within = createContext<readonly string[]>([]);
/** Around what stands in it; its value is the hook's. */
export const Inside = Within.Provider;

/** Whether nothing lies over it: Esc closes what is on top alone, or a question would take the panel
 * that it was asked in along, and the focus with it. */
export function useTopmost(isOpen: boolean): { isTopmost: boolean; inside: readonly string[] } {
  const id = useId();
  const within = useContext(Within);
  const inside = useMemo(() => [...within, id], [within, id]);
  useEffect(() => {
    if (!isOpen) return;
    put({ id, within });
    return () => {
      change(open.filter((each) => each.id !== id));
      forgetFocus();
      timer = setTimeout(keepFocus, GIVEN_BACK_MS);
    };
  }, [isOpen, id, within]);
  const isTopmost = useSyncExternalStore(subscribe, () => open.at(-1)?.id === id);
  return { isTopmost, inside };
}
