import type { ReactNode } from 'react';

/** A table that scrolls sideways where it is wider than the screen. */
export function ScrollTable({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keys
    <section className="table-scroll" tabIndex={0} aria-label={label}>
      <table className="table">{children}</table>
    </section>
  );
}
