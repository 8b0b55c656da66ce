import { type ComponentType, lazy, type ReactNode, useState } from 'react';

/** A chunk that did not come. `again` lets the next drawing ask for it anew. */
export class ChunkMissing extends Error {
  readonly again: () => void;

  constructor(cause: unknown, again: () => void) {
    super('a part of the panel did not load', { cause });
    this.name = 'ChunkMissing';
    this.again = again;
  }
}

export type LoadedLater<Props extends object = object> = ((props: Props) => ReactNode) & {
  preload: () => Promise<void>;
};

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
 * times, then told in place (by a `Boundary`, which can ask anew): the page is never reloaded, for
 * that would end in the browser's own error page without a network.
 */
export function loadedLater<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): LoadedLater<Props> {
  let loaded: ComponentType<Props> | null = null;
  let pending: Promise<ComponentType<Props>> | null = null;
  const ask = () => {
    pending ??= patiently(load).then(
      (component) => {
        loaded = component;
        return component;
      },
      (cause: unknown) => {
        throw new ChunkMissing(cause, forget);
      },
    );
    return pending;
  };
  // It keeps a failure, so that no drawing asks anew by itself; what comes after is another one.
  const drawing = () => lazy(async () => ({ default: await ask() }));
  let Drawing = drawing();
  const forget = () => {
    pending = null;
    Drawing = drawing();
  };
  const preload = async () => {
    try {
      await ask();
    } catch (missing) {
      // Nobody has seen it fail: whoever draws it asks anew.
      forget();
      throw missing;
    }
  };
  function Later(props: Props) {
    // What is drawn stays the same component, or it would lose its state once the code is there.
    const [Drawn] = useState<ComponentType<Props>>(
      () => loaded ?? (Drawing as ComponentType<Props>),
    );
    return <Drawn {...props} />;
  }
  return Object.assign(Later, { preload });
}
