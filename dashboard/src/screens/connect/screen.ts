import { defineScreen } from '../../defineScreen';
import { parseConnectSearch } from './search';

export default defineScreen({
  path: '/shops/connect',
  title: { ru: 'Подключить бота', en: 'Connect a bot' },
  search: parseConnectSearch,
  load: () => import('./ConnectPage').then(({ ConnectPage }) => ConnectPage),
});
