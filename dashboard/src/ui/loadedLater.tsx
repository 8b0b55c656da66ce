import { type ComponentType, type ReactNode, use } from 'react';

/** A chunk that did not come. `again` lets the next drawing ask for it anew. */
export class ChunkMissing extends Error {
  readonly again: () => void;

  constructor(cause: unknown, again: () => void) {
    super('a part of the panel did not load', { cause });
    this.name = 'ChunkMissing';
    this.again = again;
  }
}

export type LoadedLater = (() => ReactNode) & { preload: () => Promise<void> };

const PAUSES_MS = [300, 1500];

/** Loads a chunk; what fails is tried again a few times. */
export async function patiently<T>(load: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return load();
}

/**
 * A component whose code is asked for when it is drawn or expected. What fails is tried again a few
 * times, then told in place: the page is never reloaded, for that would end in the browser's own
 * error page without a network.
 */
export function loadedLater(load: () => Promise<ComponentType>): LoadedLater {
  let loaded: ComponentType | null = null;
  let pending: Promise<void> | null = null;
  const preload = () => {
    pending ??= patiently(load).then(
      (component) => {
        loaded = component;
      },
      (cause: unknown) => {
        throw new ChunkMissing(cause, () => {
          pending = null;
        });
      },
    );
    return pending;
  };
  function Later() {
    if (!loaded) use(preload());
    const Loaded = loaded as unknown as ComponentType;
    return <Loaded />;
  }
  return Object.assign(Later, { preload });
}
