import { IconChartPie } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { METRICS } from './metrics';
import { parseSegmentsSearch } from './search';

export default defineScreen({
  path: '/segments',
  title: { ru: 'Сегменты покупателей', en: 'Customer segments' },
  menu: { group: 'analysis', order: 30, Icon: IconChartPie },
  view: { shops: true },
  metrics: METRICS,
  search: parseSegmentsSearch,
  load: () => import('./SegmentsPage').then(({ SegmentsPage }) => SegmentsPage),
});
