import { saveFile } from '../file/saveFile';
import { type Cell, csvText } from './columns';
import { currentDialect } from './dialect';

/** A byte order mark, without which a spreadsheet takes the Cyrillic for another alphabet. */
const BOM = '\ufeff';

/** Hands over the rows as a CSV file, the first being the titles, in the dialect that is chosen. */
export function saveCsv(label: string, rows: readonly (readonly Cell[])[]): void {
  const text = csvText(rows, currentDialect());
  const file = new Blob([BOM, text], { type: 'text/csv;charset=utf-8' });
  saveFile(`${label}.csv`, file);
}
