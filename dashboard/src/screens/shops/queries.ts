import { read } from '../../api/client';

export const ratesQuery = (shop: number) =>
  read('/api/shops/{shop_id}/rates', { params: { path: { shop_id: shop } } });
