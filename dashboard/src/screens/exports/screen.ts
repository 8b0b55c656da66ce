import { IconFileDownload } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseExportsSearch } from './search';

export default defineScreen({
  path: '/exports',
  title: { ru: 'Выгрузки', en: 'Exports' },
  menu: { group: 'analysis', order: 70, Icon: IconFileDownload },
  view: { shops: true, period: true },
  search: parseExportsSearch,
  load: () => import('./ExportsPage').then(({ ExportsPage }) => ExportsPage),
});
