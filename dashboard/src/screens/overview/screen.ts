import { IconChartLine } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { METRICS } from './metrics';
import { parseOverviewSearch } from './search';

export default defineScreen({
  path: '/',
  title: { ru: 'Обзор', en: 'Overview' },
  menu: { group: 'shop', order: 10, Icon: IconChartLine, phone: 10 },
  view: { shops: true, period: true, compare: true },
  metrics: METRICS,
  search: parseOverviewSearch,
  load: () => import('./OverviewPage').then(({ OverviewPage }) => OverviewPage),
});
