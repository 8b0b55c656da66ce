import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { ErrorCard } from '../ui/ErrorCard';
import { ChunkMissing } from '../ui/loadedLater';

/** A screen whose code did not load or that broke while drawing; the shell around it stays. */
export function LoadFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <ErrorCard
      error={error instanceof Error ? error : new Error(String(error))}
      onRetry={() => {
        if (error instanceof ChunkMissing) error.again();
        reset();
        void router.invalidate();
      }}
    />
  );
}
