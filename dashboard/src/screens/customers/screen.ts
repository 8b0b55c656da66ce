import { IconUsers } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseCustomersSearch } from './search';

export default defineScreen({
  path: '/customers',
  title: { ru: 'Покупатели', en: 'Customers' },
  menu: { group: 'sales', order: 40, Icon: IconUsers, phone: 30 },
  view: { shops: true },
  search: parseCustomersSearch,
  load: () => import('./CustomersPage').then(({ CustomersPage }) => CustomersPage),
});
