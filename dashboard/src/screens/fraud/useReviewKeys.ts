import { useEffect, useRef } from 'react';

export type ReviewKey = 'J' | 'K' | 'A' | 'B' | 'I' | 'Z';

const KEYS: Partial<Record<string, ReviewKey>> = {
  KeyJ: 'J',
  KeyK: 'K',
  KeyA: 'A',
  KeyB: 'B',
  KeyI: 'I',
  KeyZ: 'Z',
};
const TYPING = 'input, textarea, select, [contenteditable]';

/** Single keys, wherever they stand on the keyboard's alphabet, unless somebody is typing. */
export function useReviewKeys(press: (key: ReviewKey) => void): void {
  const latest = useRef(press);
  latest.current = press;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || event.shiftKey || event.repeat) return;
      // Over the shopper's panel a question or the help is open: keys are for that.
      if (document.querySelectorAll('[role="dialog"]').length > 1) return;
      if ((event.target as HTMLElement).closest?.(TYPING)) return;
      const key = KEYS[event.code];
      if (!key) return;
      event.preventDefault();
      latest.current(key);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
