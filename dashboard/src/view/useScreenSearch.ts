import { useNavigate, useSearch } from '@tanstack/react-router';

/**
 * A screen's own part of the address, as its `search` parses it, and the way to change it: keys that
 * are set to undefined leave the address. It replaces the entry in the history unless `push` is said.
 */
export function useScreenSearch<T extends Record<string, unknown>>(
  parse: (raw: Record<string, unknown>) => T,
): [T, (part: Partial<T>, options?: { push?: boolean }) => void] {
  const raw = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const change = (part: Partial<T>, { push = false } = {}) =>
    void navigate({
      to: '.',
      search: (before: Record<string, unknown>) => ({ ...before, ...part }),
      replace: !push,
      resetScroll: false,
    } as Parameters<typeof navigate>[0]);
  return [parse(raw), change];
}
