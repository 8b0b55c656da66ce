import { IconMessage2 } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseTextsSearch } from './search';

export default defineScreen({
  path: '/texts',
  title: { ru: 'Тексты бота', en: "Bot's texts" },
  menu: { group: 'system', order: 30, Icon: IconMessage2 },
  roles: ['owner'],
  view: { shops: true },
  search: parseTextsSearch,
  load: () => import('./TextsPage').then(({ TextsPage }) => TextsPage),
});
