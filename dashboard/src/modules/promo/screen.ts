import { IconDiscount2 } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parsePromoSearch } from './search';

export default defineScreen({
  path: '/promo',
  title: { ru: 'Промокоды', en: 'Promo codes' },
  menu: { group: 'growth', order: 10, Icon: IconDiscount2 },
  view: { shops: true },
  search: parsePromoSearch,
  load: () => import('./PromoPage').then(({ PromoPage }) => PromoPage),
});
