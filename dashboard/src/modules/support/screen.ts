import { IconMessages } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseSupportSearch } from './search';

export default defineScreen({
  path: '/support',
  title: { ru: 'Вопросы', en: 'Questions' },
  menu: { group: 'sales', order: 30, Icon: IconMessages },
  view: { shops: true },
  search: parseSupportSearch,
  load: () => import('./SupportPage').then(({ SupportPage }) => SupportPage),
});
