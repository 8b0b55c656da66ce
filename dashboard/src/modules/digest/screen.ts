import { IconNews } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseDigestSearch } from './search';

export default defineScreen({
  path: '/digest',
  title: { ru: 'Сводка', en: 'Digest' },
  menu: { group: 'growth', order: 70, Icon: IconNews },
  view: { shops: true },
  search: parseDigestSearch,
  load: () => import('./DigestPage').then(({ DigestPage }) => DigestPage),
});
