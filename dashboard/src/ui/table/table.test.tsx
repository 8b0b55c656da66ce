import fs from 'node:fs';
import path from 'node:path';
import { MantineProvider } from '@mantine/core';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { initLanguage } from '../../i18n';
import { type Column, cellsOf, compare, csvText } from './columns';
import { DataTable } from './DataTable';
import { shownCells } from './shownCells';

type Order = { id: number; who: string; sum: number | null };
const COLUMNS: Column<Order>[] = [
  { id: 'who', title: 'Customer', cell: ({ who }) => who, value: ({ who }) => who },
  {
    id: 'sum',
    title: 'Sum',
    cell: ({ sum }) => sum,
    value: ({ sum }) => sum,
    isSortable: true,
    isNumber: true,
  },
];
const ROWS: Order[] = [
  { id: 1, who: 'Anna', sum: 5 },
  { id: 2, who: 'Boris', sum: null },
  { id: 3, who: 'Vera', sum: 70 },
];

beforeEach(() => initLanguage('en'));

function draw(props: Partial<Parameters<typeof DataTable<Order>>[0]> = {}) {
  return render(
    <MantineProvider env="test">
      <DataTable
        label="Orders"
        columns={COLUMNS}
        rows={ROWS}
        keyOf={({ id }) => id}
        empty={<p>No orders yet</p>}
        {...props}
      />
    </MantineProvider>,
  );
}
const names = () =>
  screen
    .getAllByRole('row')
    .slice(1)
    .map((row) => within(row).getAllByRole('cell')[0]?.textContent);

test('a table sorts by itself, and nothing stands last both ways', async () => {
  draw();
  expect(names()).toEqual(['CustomerAnna', 'CustomerBoris', 'CustomerVera']);
  const button = screen.getByRole('button', { name: 'Sum' });
  await userEvent.click(button);
  expect(names()).toEqual(['CustomerVera', 'CustomerAnna', 'CustomerBoris']);
  expect(screen.getByRole('columnheader', { name: 'Sum' }).getAttribute('aria-sort')).toBe(
    'descending',
  );
  await userEvent.click(button);
  expect(names()).toEqual(['CustomerAnna', 'CustomerVera', 'CustomerBoris']);
  expect(screen.getByText('3 rows')).toBeTruthy();
});

test('the server sorts where it can, and gives more', async () => {
  const onSort = vi.fn();
  const onMore = vi.fn();
  draw({ onSort, onMore, hasMore: true, sort: { id: 'sum', isDescending: true } });
  expect(names()).toEqual(['CustomerAnna', 'CustomerBoris', 'CustomerVera']);
  await userEvent.click(screen.getByRole('button', { name: 'Sum' }));
  expect(onSort).toHaveBeenCalledWith({ id: 'sum', isDescending: false });
  await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
  expect(onMore).toHaveBeenCalledTimes(1);
  expect(screen.queryByRole('button', { name: /CSV/ })).toBeNull();
});

test('a row opens by a press and by Enter', async () => {
  const onOpen = vi.fn();
  draw({ onOpen });
  await userEvent.click(screen.getByText('Vera'));
  screen.getByRole('row', { name: 'Anna' }).focus();
  await userEvent.keyboard('{Enter}');
  expect(onOpen.mock.calls.map(([row]) => row.id)).toEqual([3, 1]);
});

test('no rows: why, and what to do', () => {
  draw({ rows: [] });
  expect(screen.getByText('No orders yet')).toBeTruthy();
  expect(screen.queryByRole('table')).toBeNull();
});

test('a file holds exactly the rows, and no formula', () => {
  const odd = { id: 4, who: '=1+1, "x"', sum: -3 };
  const cells = cellsOf(COLUMNS, [odd, ROWS[1] as Order]);
  expect(csvText(cells)).toBe('Customer,Sum\r\n"\'=1+1, ""x""",-3\r\nBoris,\r\n');
  expect(csvText([...cells, ['a;b', 0.5]], 'excel')).toBe(
    'Customer;Sum\r\n"\'=1+1, ""x""";-3\r\nBoris;\r\n"a;b";0,5\r\n',
  );
});

test('numbers within words are sorted as numbers', () => {
  expect(['B10', 'B9', 'a'].toSorted((a, b) => compare(a, b))).toEqual(['a', 'B9', 'B10']);
});

test('a small table, too: what it shows and which moment, but no buttons', () => {
  render(
    <table>
      <thead>
        <tr>
          <th>Day</th>
          <th>Kept</th>
          <th>Away</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th>
            <time dateTime="2026-11-20">20 Nov</time>
          </th>
          <td>
            <select defaultValue="2">
              <option value="1">a month</option>
              <option value="2">a year</option>
            </select>
          </td>
          <td>
            <button type="button">Drop</button>
          </td>
        </tr>
      </tbody>
    </table>,
  );
  expect(shownCells(screen.getByRole<HTMLTableElement>('table'))).toEqual([
    ['Day', 'Kept'],
    ['2026-11-20', 'a year'],
  ]);
});

test('every table is one of the kit, which gives each its file', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const drawn = fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.tsx') && !name.includes('.test.'))
    .filter((name) => /<table|role="table"/.test(fs.readFileSync(path.join(root, name), 'utf8')));
  expect(drawn.sort()).toEqual(['ui/table/DataTable.tsx', 'ui/table/ScrollTable.tsx']);
});
