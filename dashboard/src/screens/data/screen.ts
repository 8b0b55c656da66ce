import { IconDatabase } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';

export default defineScreen({
  path: '/data',
  title: { ru: 'Данные', en: 'Data' },
  menu: { group: 'system', order: 80, Icon: IconDatabase, phone: 90 },
  load: () => import('./DataPage').then(({ DataPage }) => DataPage),
});
