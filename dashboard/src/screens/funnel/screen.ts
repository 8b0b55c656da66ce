import { IconFilter } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { METRICS } from './metrics';
import { parseFunnelSearch } from './search';

export default defineScreen({
  path: '/funnel',
  title: { ru: 'Воронка', en: 'Funnel' },
  menu: { group: 'analysis', order: 20, Icon: IconFilter },
  view: { shops: true, period: true },
  metrics: METRICS,
  search: parseFunnelSearch,
  load: () => import('./FunnelPage').then(({ FunnelPage }) => FunnelPage),
});
