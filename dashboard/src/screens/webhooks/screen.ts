import { IconWebhook } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseWebhooksSearch } from './search';

export default defineScreen({
  path: '/webhooks',
  title: { ru: 'Вебхуки', en: 'Web hooks' },
  menu: { group: 'system', order: 64, Icon: IconWebhook },
  roles: ['owner'],
  view: { shops: true },
  search: parseWebhooksSearch,
  load: () => import('./WebhooksPage').then(({ WebhooksPage }) => WebhooksPage),
});
