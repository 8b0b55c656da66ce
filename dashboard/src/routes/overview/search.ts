import type { Period } from '../../api/contract';

export const PERIODS: readonly Period[] = ['today', '7d', '30d'];

/** The overview's view state. Absent means: every shop, today, the first card, the chart. */
export type OverviewSearch = {
  shops?: number[];
  period?: Exclude<Period, 'today'>;
  /** The chosen card, as `cardId` writes it: `net_sales:XTR`. */
  card?: string;
  table?: true;
};

export function parseShopIds(raw: unknown): number[] {
  const parts = Array.isArray(raw) ? raw : String(raw ?? '').split(',');
  const ids = parts.map(Number).filter((id) => Number.isSafeInteger(id) && id > 0);
  return [...new Set(ids)].sort((a, b) => a - b);
}

export function parseOverviewSearch(raw: Record<string, unknown>): OverviewSearch {
  const shops = parseShopIds(raw.shops);
  return {
    ...(shops.length ? { shops } : {}),
    ...(raw.period === '7d' || raw.period === '30d' ? { period: raw.period } : {}),
    ...(typeof raw.card === 'string' && raw.card ? { card: raw.card } : {}),
    ...(String(raw.table) === 'true' ? { table: true as const } : {}),
  };
}
