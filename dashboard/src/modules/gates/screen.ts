import { IconDoorEnter } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseGatesSearch } from './search';

export default defineScreen({
  path: '/gates',
  title: { ru: 'Вход', en: 'Entrance' },
  menu: { group: 'growth', order: 60, Icon: IconDoorEnter },
  view: { shops: true },
  search: parseGatesSearch,
  load: () => import('./GatesPage').then(({ GatesPage }) => GatesPage),
});
