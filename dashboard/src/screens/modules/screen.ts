import { IconPuzzle } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseModulesSearch } from './search';

export default defineScreen({
  path: '/modules',
  title: { ru: 'Модули', en: 'Modules' },
  menu: { group: 'system', order: 20, Icon: IconPuzzle },
  view: { shops: true },
  search: parseModulesSearch,
  load: () => import('./ModulesPage').then(({ ModulesPage }) => ModulesPage),
});
