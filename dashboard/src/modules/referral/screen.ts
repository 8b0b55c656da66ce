import { IconUsersPlus } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseReferralSearch } from './search';

export default defineScreen({
  path: '/referrals',
  title: { ru: 'Приглашения', en: 'Referrals' },
  menu: { group: 'growth', order: 20, Icon: IconUsersPlus },
  view: { shops: true },
  search: parseReferralSearch,
  load: () => import('./ReferralPage').then(({ ReferralPage }) => ReferralPage),
});
