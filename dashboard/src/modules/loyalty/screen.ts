import { IconStar } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseLoyaltySearch } from './search';

export default defineScreen({
  path: '/loyalty',
  title: { ru: 'Лояльность', en: 'Loyalty' },
  menu: { group: 'growth', order: 30, Icon: IconStar },
  view: { shops: true },
  search: parseLoyaltySearch,
  load: () => import('./LoyaltyPage').then(({ LoyaltyPage }) => LoyaltyPage),
});
