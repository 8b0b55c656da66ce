import { useRef } from 'react';

/** `crypto.randomUUID` is there in secure contexts alone: an owner's own server may have plain http. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Keys of what is to be posted once: the same words sent again after a lost answer have the same
 * key, others a new one. `forget` once they are posted: the same again is then meant. */
export function useOnceKey() {
  const known = useRef<{ of: string; key: string }>(undefined);
  const keyOf = (...words: readonly unknown[]): string => {
    const of = JSON.stringify(words);
    if (known.current?.of !== of) known.current = { of, key: newKey() };
    return known.current.key;
  };
  const forget = () => {
    known.current = undefined;
  };
  return { keyOf, forget };
}
