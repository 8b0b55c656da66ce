import { type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatClock } from '../../format/time';
import { useLanguage } from '../../i18n';
import { ReadAt } from '../page/readAt';
import type { Cell } from './columns';
import foot from './dataTable.module.css';
import { SaveButton } from './SaveButton';
import { shownCells } from './shownCells';
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

type Props = {
  label: string;
  /** A file of it stands elsewhere on the screen. */
  hasOwnFile?: boolean;
  children: ReactNode;
};

/** A small table that scrolls where it is wider or higher than its place, and says so; with the file
 * of what it shows, and as of when. */
export function ScrollTable({ label, hasOwnFile, children }: Props) {
  const { t } = useTranslation();
  const { box, beyond } = useBeyond();
  const drawn = useRef<HTMLTableElement>(null);
  return (
    <>
      <div
        className={styles.frame}
        data-aside={beyond.aside || undefined}
        data-below={beyond.below || undefined}
      >
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keys */}
        <section ref={box} className={styles.scroll} tabIndex={0} aria-label={label}>
          <table ref={drawn} className={styles.table}>
            {children}
          </table>
        </section>
        {(beyond.aside || beyond.below) && (
          <p className={styles.hint} aria-hidden="true">
            {t(beyond.aside ? 'table.moreAside' : 'table.moreBelow')}
          </p>
        )}
      </div>
      {!hasOwnFile && (
        <Foot label={label} cells={() => (drawn.current ? shownCells(drawn.current) : [])} />
      )}
    </>
  );
}

function Foot({ label, cells }: { label: string; cells: () => Cell[][] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const at = useContext(ReadAt);
  return (
    <div className={foot.foot}>
      <span>
        {at && t('table.asOf', { time: formatClock(new Date(at).toISOString(), language) })}
      </span>
      <SaveButton label={label} cells={cells} />
    </div>
  );
}
