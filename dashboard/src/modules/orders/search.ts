import { isSaid, numberOf, oneOf, wordsOf } from '../../view/addressParts';
import type { OrderStatus, Stage } from './queries';

export const STATUSES = ['created', 'paid', 'held', 'cancelled', 'expired', 'refunded'] as const;
export const STAGES = ['new', 'processing', 'shipped', 'delivered'] as const;
export const SORTS = ['oldest', 'paid', 'total'] as const;
export type Sort = (typeof SORTS)[number];

/** Which orders are listed, and which one is open. */
export type OrdersSearch = {
  bot: number | undefined;
  status: OrderStatus | undefined;
  stage: Stage | undefined;
  needs: true | undefined;
  buyer: number | undefined;
  /** Undefined: the newest first. */
  sort: Sort | undefined;
  text: string | undefined;
  order: number | undefined;
};

export function parseOrdersSearch(raw: Record<string, unknown>): OrdersSearch {
  return {
    bot: numberOf(raw.bot),
    status: oneOf(STATUSES, raw.status),
    stage: oneOf(STAGES, raw.stage),
    needs: isSaid(raw.needs),
    buyer: numberOf(raw.buyer),
    sort: oneOf(SORTS, raw.sort),
    text: wordsOf(raw.text, 100),
    order: numberOf(raw.order),
  };
}
