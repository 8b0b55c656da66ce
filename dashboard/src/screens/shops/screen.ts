import { IconBuildingStore } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';

export default defineScreen({
  path: '/shops',
  title: { ru: 'Магазины и боты', en: 'Shops and bots' },
  menu: {
    group: 'system',
    order: 10,
    Icon: IconBuildingStore,
    phone: 80,
    short: { ru: 'Магазины', en: 'Shops' },
  },
  load: () => import('./ShopsPage').then(({ ShopsPage }) => ShopsPage),
});
