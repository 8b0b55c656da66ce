import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { ErrorCard } from '../ui/ErrorCard';

/** A screen whose code did not load or that broke while drawing; the shell around it stays. */
export function LoadFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <ErrorCard
      error={error instanceof Error ? error : new Error(String(error))}
      onRetry={() => {
        reset();
        void router.invalidate();
      }}
    />
  );
}
