import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { parseView, searchOf, type View, viewOf } from './view';

/** What the address says is looked at, and the way to change it; the screen stays. */
export function useView(): { view: View; change: (part: Partial<View>) => void } {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const written = JSON.stringify(parseView(search));
  const view = useMemo(() => viewOf(JSON.parse(written)), [written]);
  const change = (part: Partial<View>) =>
    void navigate({
      to: '.',
      search: (before: Record<string, unknown>) => ({
        ...before,
        ...searchOf({ ...viewOf(parseView(before)), ...part }),
      }),
    } as Parameters<typeof navigate>[0]);
  return { view, change };
}

/** The view's part of an address: what a link to another screen takes along. */
export function useViewSearch() {
  const { view } = useView();
  return searchOf(view);
}
