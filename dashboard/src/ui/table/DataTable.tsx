import { Button, Skeleton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import {
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Column, compare, type Sort, tracksOf, widthOf } from './columns';
import styles from './dataTable.module.css';
import { Row } from './Row';
import { type Download, TableFoot } from './TableFoot';

export type { Column, Sort } from './columns';

type Props<R> = {
  /** What the table is of, for readers of the screen and for the file's name. */
  label: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  keyOf: (row: R) => string | number;
  /** Opens what a row is about; every row then leads there, by a press or by Enter. */
  onOpen?: (row: R) => void;
  /** What the row is called where its press is told: its first column unless said. */
  nameOf?: (row: R) => string;
  /** Given: the server sorts. Absent: the rows that are here are sorted. */
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  /** More rows are at the server; asked for when the end comes into view. */
  hasMore?: boolean;
  isLoadingMore?: boolean;
  onMore?: () => void;
  /** The file of exactly these rows, made by the server; without it, of the rows that are here. */
  download?: Download;
  /** When the rows were read, in milliseconds. */
  asOf?: number;
  /** Shown in place of rows: why there are none and what to do. */
  empty: ReactNode;
};

/** Up to here every row is drawn; beyond, those in view. */
const DRAWN_WHOLE = 60;
const ROW_HEIGHT = 48;

type Sorted = { getValue: (column: string) => unknown };

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/** The rows in the order that is chosen, by TanStack Table. */
function useSorted<R>({ columns, rows, sort, onSort }: Props<R>) {
  const [own, setOwn] = useState<Sort | undefined>();
  const chosen = onSort ? sort : own;
  const data = useMemo(() => rows.map((row) => ({ row })), [rows]);
  const definitions = useMemo(
    () =>
      columns.map(({ id, value }) => ({
        id,
        accessorFn: ({ row }: { row: R }) => value(row) ?? undefined,
        // What has no value stands last whichever way is sorted.
        sortUndefined: 'last' as const,
        sortFn: (a: Sorted, b: Sorted, column: string) =>
          compare(a.getValue(column), b.getValue(column)),
      })),
    [columns],
  );
  const sorting = useMemo(
    () => (chosen && !onSort ? [{ id: chosen.id, desc: chosen.isDescending }] : []),
    [chosen, onSort],
  );
  const table = useTable({ features, columns: definitions, data, state: { sorting } });
  const model = table.getRowModel();
  const sorted = useMemo(() => model.rows.map(({ original }) => original.row), [model]);
  const choose = (id: string) => {
    const next = { id, isDescending: chosen?.id === id ? !chosen.isDescending : true };
    if (onSort) onSort(next);
    else setOwn(next);
  };
  return { sorted, chosen, choose };
}

/**
 * Any number of rows: those in view are drawn, more are asked for as the end comes near. On phones
 * a row is a card; no column is ever cut without a way to see it.
 */
export function DataTable<R>(props: Props<R>) {
  const { label, columns, rows, keyOf, onOpen, nameOf, empty, hasMore, isLoadingMore } = props;
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const { sorted, chosen, choose } = useSorted(props);
  const virtual = useVirtualizer({
    count: sorted.length,
    enabled: sorted.length > DRAWN_WHOLE,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => keyOf(sorted[index] as R),
    overscan: 12,
  });
  const drawn = useMemo(() => columns.filter(({ isOnlyInFile }) => !isOnlyInFile), [columns]);
  const isWhole = sorted.length <= DRAWN_WHOLE;
  const shown = isWhole
    ? sorted.map((_, index) => ({ index, start: 0 }))
    : virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useMoreAtEnd(props, last >= sorted.length - 1);
  if (rows.length === 0 && !hasMore) return empty;
  const style = { '--tracks': tracksOf(drawn), '--width': `${widthOf(drawn)}px` };
  return (
    <div className={styles.frame} style={style as React.CSSProperties}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keys */}
      <div ref={box} className={styles.scroll} tabIndex={0}>
        <div
          role="table"
          aria-label={label}
          aria-rowcount={hasMore ? -1 : rows.length + 1}
          className={styles.table}
        >
          <Head columns={drawn} chosen={chosen} onChoose={choose} />
          <div
            role="rowgroup"
            className={styles.body}
            style={isWhole ? undefined : { height: virtual.getTotalSize() }}
          >
            {shown.map(({ index, start }) => {
              const row = sorted[index] as R;
              return (
                <Row
                  key={keyOf(row)}
                  row={row}
                  index={index}
                  columns={drawn}
                  onOpen={onOpen}
                  nameOf={nameOf}
                  measure={isWhole ? undefined : virtual.measureElement}
                  start={isWhole ? undefined : start}
                />
              );
            })}
          </div>
        </div>
        {isLoadingMore && <Skeleton h={ROW_HEIGHT} role="status" aria-label={t('loading')} />}
        {hasMore && !isLoadingMore && (
          <Button variant="default" size="md" onClick={props.onMore} className={styles.more}>
            {t('table.more')}
          </Button>
        )}
      </div>
      <TableFoot {...props} sorted={sorted} />
    </div>
  );
}

/** Asks once for each end that is reached. */
function useMoreAtEnd<R>({ rows, hasMore, isLoadingMore, onMore }: Props<R>, isAtEnd: boolean) {
  const asked = useRef(-1);
  useEffect(() => {
    if (!isAtEnd || !hasMore || isLoadingMore || rows.length <= DRAWN_WHOLE) return;
    if (asked.current === rows.length) return;
    asked.current = rows.length;
    onMore?.();
  }, [isAtEnd, hasMore, isLoadingMore, rows.length, onMore]);
}

type HeadProps<R> = {
  columns: readonly Column<R>[];
  chosen: Sort | undefined;
  onChoose: (id: string) => void;
};

function Head<R>({ columns, chosen, onChoose }: HeadProps<R>) {
  return (
    <div role="rowgroup" className={styles.head}>
      <div role="row" tabIndex={-1} className={styles.row}>
        {columns.map(({ id, title, isNumber, isSortable }) => {
          const isChosen = chosen?.id === id;
          const Arrow = chosen?.isDescending ? IconArrowDown : IconArrowUp;
          return (
            <div
              key={id}
              role="columnheader"
              tabIndex={-1}
              className={styles.cell}
              data-number={isNumber || undefined}
              aria-sort={isChosen ? (chosen.isDescending ? 'descending' : 'ascending') : undefined}
            >
              {isSortable ? (
                <button type="button" className={styles.sort} onClick={() => onChoose(id)}>
                  {title}
                  {isChosen && <Arrow size={16} aria-hidden="true" />}
                </button>
              ) : (
                title
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
