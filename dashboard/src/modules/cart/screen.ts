import { IconShoppingCart } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { METRICS } from './metrics';
import { parseCartsSearch } from './search';

export default defineScreen({
  path: '/carts',
  title: { ru: 'Корзины', en: 'Carts' },
  menu: { group: 'sales', order: 30, Icon: IconShoppingCart },
  view: { shops: true },
  metrics: METRICS,
  search: parseCartsSearch,
  load: () => import('./CartsPage').then(({ CartsPage }) => CartsPage),
});
