import { useEffect, useRef } from 'react';

const OWN_KEYS =
  'input, textarea, select, [contenteditable], [role="dialog"], [role="grid"], [tabindex="0"]';

/** Single keys, by their place on the keyboard, so that they work in any alphabet; whatever takes
 * keys itself keeps them. */
export function useViewKeys(onKey: (code: string) => void): void {
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.metaKey || event.ctrlKey || event.altKey || event.shiftKey) return;
      if (!target.closest?.(OWN_KEYS)) latest.current(event.code);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}
