import { useNavigate } from '@tanstack/react-router';
import { keepingView } from './ScreenLink';

type Options = {
  params?: Record<string, string>;
  search?: Record<string, unknown>;
  replace?: boolean;
};

/** Goes to a screen, as `ScreenLink` does: with the view that is looked at. */
export function useGo(): (to: string, options?: Options) => Promise<void> {
  const navigate = useNavigate();
  return (to, { params, search, replace } = {}) =>
    navigate({ to, params, search: keepingView(search), replace } as Parameters<
      typeof navigate
    >[0]);
}
