import { Link } from '@tanstack/react-router';
import type { ComponentProps, ReactNode } from 'react';
import { parseView } from './view';

type Search = Record<string, unknown>;

/** What a link to another screen takes along of the address: the view, and what is given. */
export const keepingView =
  (own: Search = {}) =>
  (before: Search): Search => ({ ...parseView(before), ...own });

type Props = Omit<ComponentProps<'a'>, 'href'> & {
  to: string;
  params?: Record<string, string>;
  /** What the address holds besides the view, or of the view that shall be another. */
  search?: Search;
  /** Current only at this very path, not at those below it. */
  exact?: boolean;
  children: ReactNode;
};

/** A link to a screen of the panel, which looks at the same shops and period. */
export function ScreenLink({ to, params, search, exact = false, ...props }: Props) {
  return (
    <Link
      {...props}
      to={to as never}
      params={params as never}
      search={keepingView(search) as never}
      activeOptions={{ exact, includeSearch: false }}
    />
  );
}
