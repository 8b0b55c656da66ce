import { type KeyboardEvent, type MouseEvent, memo } from 'react';
import type { Column } from './columns';
import styles from './dataTable.module.css';

type Props<R> = {
  row: R;
  /** From 0, of all rows. */
  index: number;
  columns: readonly Column<R>[];
  onOpen?: (row: R) => void;
  nameOf?: (row: R) => string;
  /** Both set where only the rows in view are drawn. */
  measure?: (element: Element | null) => void;
  start?: number;
};

const OWN_PRESS = 'a, button, input, select, textarea, label';

function DrawnRow<R>({ row, index, columns, onOpen, nameOf, measure, start }: Props<R>) {
  const [first] = columns;
  const open = () => onOpen?.(row);
  const onClick = (event: MouseEvent) => {
    // What stands in a cell and can be pressed itself takes its press; selecting text is none.
    const isOwn = (event.target as Element).closest(OWN_PRESS);
    if (!isOwn && !window.getSelection()?.toString()) open();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && event.target === event.currentTarget) open();
  };
  return (
    <div
      role="row"
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      aria-label={onOpen ? (nameOf?.(row) ?? String(first?.value(row) ?? '')) : undefined}
      className={styles.row}
      data-opens={onOpen ? true : undefined}
      tabIndex={onOpen ? 0 : -1}
      style={start === undefined ? undefined : { position: 'absolute', top: start }}
      onClick={onOpen ? onClick : undefined}
      onKeyDown={onOpen ? onKeyDown : undefined}
    >
      {columns.map(({ id, title, cell, isNumber, onPhone = 'line' }) => (
        <div
          key={id}
          role="cell"
          className={styles.cell}
          data-number={isNumber || undefined}
          data-phone={onPhone}
        >
          <span className={styles.name} aria-hidden="true">
            {title}
          </span>
          <span className={styles.content}>{cell(row)}</span>
        </div>
      ))}
    </div>
  );
}

/** One row; a card on phones. Drawn anew only for what is new in it: scrolling moves none. */
export const Row = memo(DrawnRow) as typeof DrawnRow;
