import { isSaid } from '../../view/addressParts';
/** What of the overview is chosen. Absent means: the first card, as a chart. */
export type OverviewSearch = {
  /** The chosen card, as `cardId` writes it: `net_sales:XTR`. */
  card: string | undefined;
  table: true | undefined;
};

export function parseOverviewSearch(raw: Record<string, unknown>): OverviewSearch {
  return {
    card: typeof raw.card === 'string' && raw.card ? raw.card : undefined,
    table: isSaid(raw.table),
  };
}
