import { IconApi } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';

export default defineScreen({
  path: '/keys',
  title: { ru: 'Ключи', en: 'Keys' },
  menu: { group: 'system', order: 66, Icon: IconApi },
  roles: ['owner'],
  view: { shops: true },
  load: () => import('./KeysPage').then(({ KeysPage }) => KeysPage),
});
