import { defineScreen } from '../../../defineScreen';
import { parseRulesSearch } from './search';

export default defineScreen({
  path: '/fraud/rules',
  title: { ru: 'Правила антифрода', en: 'Fraud rules' },
  view: { shops: true },
  search: parseRulesSearch,
  load: () => import('./RulesPage').then(({ RulesPage }) => RulesPage),
});
