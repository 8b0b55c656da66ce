import { IconReceipt } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseOrdersSearch } from './search';

export default defineScreen({
  path: '/orders',
  title: { ru: 'Заказы', en: 'Orders' },
  menu: { group: 'sales', order: 10, Icon: IconReceipt, phone: 20 },
  view: { shops: true },
  search: parseOrdersSearch,
  load: () => import('./OrdersPage').then(({ OrdersPage }) => OrdersPage),
});
