import { IconUsersGroup } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { METRICS } from './metrics';
import { parseRetentionSearch } from './search';

export default defineScreen({
  path: '/retention',
  title: { ru: 'Удержание и LTV', en: 'Retention and LTV' },
  menu: { group: 'analysis', order: 10, Icon: IconUsersGroup },
  view: { shops: true },
  metrics: METRICS,
  search: parseRetentionSearch,
  load: () => import('./RetentionPage').then(({ RetentionPage }) => RetentionPage),
});
