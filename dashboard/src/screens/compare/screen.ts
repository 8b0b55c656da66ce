import { IconScale } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { METRICS } from './metrics';
import { parseCompareSearch } from './search';

export default defineScreen({
  path: '/compare',
  title: { ru: 'Сравнение магазинов', en: 'Compare shops' },
  menu: { group: 'analysis', order: 50, Icon: IconScale },
  view: { shops: true, period: true, compare: true },
  metrics: METRICS,
  search: parseCompareSearch,
  load: () => import('./ComparePage').then(({ ComparePage }) => ComparePage),
});
