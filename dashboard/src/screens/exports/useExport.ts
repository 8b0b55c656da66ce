import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { shopsQuery } from '../../api/queries';
import { deviceTimeZone } from '../../format/time';
import { useLanguage } from '../../i18n';
import { layoutFor } from '../../parts/exports/file';
import { useDialect } from '../../ui/table/dialect';
import { useView } from '../../view/useView';
import { type DayRange, daysOf } from '../../view/view';
import type { Table } from './queries';
import type { ExportsSearch } from './search';

/** What the address, the view and the remembered choice say is to be exported. */
export function useExport(tables: readonly Table[], search: ExportsSearch) {
  const { view } = useView();
  const { data: shops = [] } = useQuery(shopsQuery);
  const language = useLanguage();
  const dialect = useDialect();
  // One moment for as long as the screen is open: today must not change within a form.
  const [now] = useState(() => new Date());
  const zones = new Set(
    shops
      .filter(({ id }) => !view.shops.length || view.shops.includes(id))
      .map(({ timezone }) => timezone),
  );
  const [zone = deviceTimeZone()] = zones;
  const days: DayRange =
    search.first && search.last ? { from: search.first, to: search.last } : daysOf(view, zone, now);
  const table =
    tables.find(({ key }) => key === search.table) ??
    tables.find(({ key }) => key === 'orders') ??
    tables[0];
  const format = search.format ?? 'csv';
  const known = table?.columns?.map(({ name }) => name) ?? [];
  const wanted = search.columns?.split(',') ?? [];
  // In the table's own order; what the address names and the table lacks is not asked for.
  const picked = known.filter((name) => wanted.includes(name));
  const columns = picked.length > 0 && picked.length < known.length ? picked : undefined;
  const layout = { ...layoutFor(format, dialect, language), ...(columns ? { columns } : {}) };
  return { table, format, layout, dialect, days, columns, shops: view.shops };
}
