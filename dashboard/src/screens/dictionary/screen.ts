import { IconBook2 } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseDictionarySearch } from './search';

export default defineScreen({
  path: '/dictionary',
  title: { ru: 'Словарь метрик', en: 'Metric dictionary' },
  menu: { group: 'analysis', order: 60, Icon: IconBook2 },
  search: parseDictionarySearch,
  load: () => import('./DictionaryPage').then(({ DictionaryPage }) => DictionaryPage),
});
