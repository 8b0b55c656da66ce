import { IconRobot } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseFleetSearch } from './search';

export default defineScreen({
  path: '/fleet',
  title: { ru: 'Работа ботов', en: 'Fleet' },
  menu: { group: 'system', order: 40, Icon: IconRobot },
  view: { shops: true },
  search: parseFleetSearch,
  load: () => import('./FleetPage').then(({ FleetPage }) => FleetPage),
});
