import { IconSpeakerphone } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseBroadcastSearch } from './search';

export default defineScreen({
  path: '/broadcasts',
  title: { ru: 'Рассылки', en: 'Broadcasts' },
  menu: { group: 'growth', order: 20, Icon: IconSpeakerphone },
  view: { shops: true },
  search: parseBroadcastSearch,
  load: () => import('./BroadcastsPage').then(({ BroadcastsPage }) => BroadcastsPage),
});
