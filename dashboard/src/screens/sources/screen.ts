import { IconLink } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { metricsOf } from './metrics';
import { parseSourcesSearch } from './search';

export default defineScreen({
  path: '/sources',
  title: { ru: 'Источники и ссылки', en: 'Sources and links' },
  menu: { group: 'growth', order: 10, Icon: IconLink },
  view: { shops: true, period: true },
  metrics: [...new Set([...metricsOf('first'), ...metricsOf('last')])],
  search: parseSourcesSearch,
  load: () => import('./SourcesPage').then(({ SourcesPage }) => SourcesPage),
});
