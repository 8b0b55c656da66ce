import type { Cell } from './columns';

const isPressed = (cell: Element | undefined) => Boolean(cell?.querySelector('button'));

function shownIn(cell: Element): string {
  const chosen = cell.querySelector('select')?.selectedOptions[0]?.text;
  if (chosen !== undefined) return chosen;
  return cell.querySelector('time')?.dateTime || (cell.textContent ?? '').trim();
}

/** What a table shows, as the rows of a file, the titles first; columns of buttons are left out. */
export function shownCells(table: HTMLTableElement): Cell[][] {
  const rows = [...table.rows].map((row) => [...row.cells]);
  const body = rows.slice(1);
  const isKept = (index: number) => !body.length || body.some((row) => !isPressed(row[index]));
  return rows.map((row) => row.filter((_, index) => isKept(index)).map(shownIn));
}
