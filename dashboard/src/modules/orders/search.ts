import type { OrderStatus, Stage } from './queries';

export const STATUSES = ['created', 'paid', 'held', 'cancelled', 'expired', 'refunded'] as const;
export const STAGES = ['new', 'processing', 'shipped', 'delivered'] as const;

/** Which orders are listed, and which one is open. */
export type OrdersSearch = {
  bot: number | undefined;
  status: OrderStatus | undefined;
  stage: Stage | undefined;
  needs: true | undefined;
  buyer: number | undefined;
  text: string | undefined;
  order: number | undefined;
};

const numberOf = (raw: unknown) => {
  const number = Number(raw);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
};
const oneOf = <T extends string>(known: readonly T[], raw: unknown) =>
  known.find((each) => each === raw);

export function parseOrdersSearch(raw: Record<string, unknown>): OrdersSearch {
  const text = typeof raw.text === 'number' ? String(raw.text) : raw.text;
  return {
    bot: numberOf(raw.bot),
    status: oneOf(STATUSES, raw.status),
    stage: oneOf(STAGES, raw.stage),
    needs: String(raw.needs) === 'true' ? true : undefined,
    buyer: numberOf(raw.buyer),
    text: typeof text === 'string' && text.trim() ? text.slice(0, 100) : undefined,
    order: numberOf(raw.order),
  };
}
