import { useState } from 'react';

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** What is typed over a record. `base` is the record that it is typed over, whose version it is
 * saved over: a newer reading takes its place while nothing of what is typed would be lost by it. */
export type Drafted<R, T> = {
  base: R;
  typed: T;
  isChanged: boolean;
  change: (part: Partial<T>) => void;
  /** Saved: what is typed is now over `saved`. */
  settle: (saved: R) => void;
  /** Gives up what is typed. */
  drop: () => void;
};

/** A form's draft of `read`, as `typedOf` says it; `start` is typed in from the beginning. */
export function useDraft<R, T extends object>(
  read: R,
  typedOf: (record: R) => T,
  start?: Partial<T>,
): Drafted<R, T> {
  const [base, setBase] = useState(read);
  const [typed, setTyped] = useState<T>(() => ({ ...typedOf(read), ...start }));
  const before = typedOf(base);
  const isChanged = !isSame(typed, before);
  if (read !== base) {
    const anew = typedOf(read);
    // What the form has no field for may change under it: that is no conflict.
    if (!isChanged || isSame(anew, before)) setBase(read);
    if (!isChanged && !isSame(anew, before)) setTyped(anew);
  }
  const settle = (saved: R) => {
    setBase(saved);
    setTyped(typedOf(saved));
  };
  const change = (part: Partial<T>) => setTyped((now) => ({ ...now, ...part }));
  return { base, typed, isChanged, change, settle, drop: () => setTyped(before) };
}
