import { defineScreen } from '../../defineScreen';
import { parseSettingsSearch } from './search';

export default defineScreen({
  path: '/shops/settings',
  title: { ru: 'Настройки магазина', en: 'Settings of a shop' },
  roles: ['owner'],
  search: parseSettingsSearch,
  load: () => import('./SettingsPage').then(({ SettingsPage }) => SettingsPage),
});
