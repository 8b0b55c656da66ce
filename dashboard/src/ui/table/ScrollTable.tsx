import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './table.module.css';

/** Whether something lies beyond the right or the lower edge. */
function useBeyond() {
  const box = useRef<HTMLElement>(null);
  const [beyond, setBeyond] = useState({ aside: false, below: false });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () =>
      setBeyond({
        aside: element.scrollWidth - element.clientWidth - Math.abs(element.scrollLeft) > 1,
        below: element.scrollHeight - element.clientHeight - element.scrollTop > 1,
      });
    look();
    element.addEventListener('scroll', look, { passive: true });
    const size = new ResizeObserver(look);
    size.observe(element);
    if (element.firstElementChild) size.observe(element.firstElementChild);
    return () => {
      element.removeEventListener('scroll', look);
      size.disconnect();
    };
  }, []);
  return { box, beyond };
}

/** A small table that scrolls where it is wider or higher than its place, and says so. */
export function ScrollTable({ label, children }: { label: string; children: ReactNode }) {
  const { t } = useTranslation();
  const { box, beyond } = useBeyond();
  return (
    <div
      className={styles.frame}
      data-aside={beyond.aside || undefined}
      data-below={beyond.below || undefined}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keys */}
      <section ref={box} className={styles.scroll} tabIndex={0} aria-label={label}>
        <table className={styles.table}>{children}</table>
      </section>
      {(beyond.aside || beyond.below) && (
        <p className={styles.hint} aria-hidden="true">
          {t(beyond.aside ? 'table.moreAside' : 'table.moreBelow')}
        </p>
      )}
    </div>
  );
}
