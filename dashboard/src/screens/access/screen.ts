import { IconKey } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseAccessSearch } from './search';

export default defineScreen({
  path: '/access',
  title: { ru: 'Доступ', en: 'Access' },
  menu: { group: 'system', order: 60, Icon: IconKey },
  roles: ['owner'],
  search: parseAccessSearch,
  load: () => import('./AccessPage').then(({ AccessPage }) => AccessPage),
});
