import { useEffect, useId, useSyncExternalStore } from 'react';

/** What lies over the screen, the topmost last. */
let open: readonly string[] = [];
const readers = new Set<() => void>();

function change(next: readonly string[]): void {
  open = next;
  for (const read of readers) read();
}

function subscribe(read: () => void): () => void {
  readers.add(read);
  return () => readers.delete(read);
}

/** Whether nothing lies over it: Esc closes what is on top alone, or a question would take the panel
 * that it was asked in along, and the focus with it. */
export function useTopmost(isOpen: boolean): boolean {
  const id = useId();
  useEffect(() => {
    if (!isOpen) return;
    change([...open, id]);
    return () => change(open.filter((each) => each !== id));
  }, [isOpen, id]);
  return useSyncExternalStore(subscribe, () => open.at(-1) === id);
}
