import { useDebouncedValue } from '@mantine/hooks';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { read } from '../api/client';
import { shopsQuery } from '../api/queries';
import { formatMoney } from '../format/money';
import { useLanguage } from '../i18n';
import { useGo } from '../view/useGo';
import { useView } from '../view/useView';
import type { Entry } from './PaletteDialog';

const PAUSE_MS = 250;
/** Each shop is asked for itself. */
const MOST_SHOPS = 4;
const MOST_OF_EACH = 5;

const ordersQuery = (bot: number, text: string) =>
  read('/api/v1/bots/{bot_id}/modules/orders/orders', {
    params: { path: { bot_id: bot }, query: { all_bots: true, text, limit: MOST_OF_EACH } },
  });
const customersQuery = (shop: number, words: string) =>
  read('/api/v1/shops/{shop_id}/customers', {
    params: { path: { shop_id: shop }, query: { words, limit: MOST_OF_EACH } },
  });

/** Orders and customers that the server finds for this very text, in the shops that are looked at. */
export function useFound(text: string): { found: Entry[]; isAsking: boolean } {
  const { t } = useTranslation();
  const language = useLanguage();
  const go = useGo();
  const { view } = useView();
  const typed = text.trim();
  const [wanted] = useDebouncedValue(typed, PAUSE_MS);
  const { data: all = [] } = useQuery(shopsQuery);
  const shops = all
    .filter(({ id }) => view.shops.length === 0 || view.shops.includes(id))
    .slice(0, MOST_SHOPS);
  // One bot tells the orders of the whole shop.
  const bots = shops.flatMap((shop) =>
    shop.bots.filter(({ modules }) => modules.includes('orders')).slice(0, 1),
  );
  const enabled = wanted !== '';
  const orders = useQueries({
    queries: bots.map(({ id }) => ({ ...ordersQuery(id, wanted), enabled })),
  });
  const customers = useQueries({
    queries: shops.map(({ id }) => ({ ...customersQuery(id, wanted), enabled })),
  });
  if (typed === '') return { found: [], isAsking: false };
  // What was found for an earlier text would be opened by Enter for this one.
  if (typed !== wanted) return { found: [], isAsking: true };
  const isAsking = [...orders, ...customers].some(({ isPending }) => isPending);
  const found = [
    ...orders.flatMap(({ data }, index) =>
      (data?.orders ?? []).map((order) => ({
        key: `order ${order.id}`,
        kind: 'order' as const,
        name: [
          t('number', { number: order.order_no }),
          order.title,
          formatMoney(order.total_minor, order.currency, language),
        ]
          .filter(Boolean)
          .join(' · '),
        open: () => void go('/orders', { search: { bot: bots[index]?.id, order: order.id } }),
      })),
    ),
    ...customers.flatMap(({ data }, index) =>
      (data?.customers ?? []).map(({ buyer_no, first_name, username }) => ({
        key: `customer ${shops[index]?.id} ${buyer_no}`,
        kind: 'customer' as const,
        name: [first_name, username && `@${username}`, t('number', { number: buyer_no })]
          .filter(Boolean)
          .join(' · '),
        open: () => void go('/customers', { search: { shop: shops[index]?.id, buyer: buyer_no } }),
      })),
    ),
  ];
  return { found, isAsking };
}
