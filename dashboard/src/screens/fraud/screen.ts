import { IconShieldCheck } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseFraudSearch } from './search';

export default defineScreen({
  path: '/fraud',
  title: { ru: 'Антифрод', en: 'Fraud' },
  menu: { group: 'sales', order: 60, Icon: IconShieldCheck },
  view: { shops: true },
  search: parseFraudSearch,
  load: () => import('./FraudPage').then(({ FraudPage }) => FraudPage),
});
