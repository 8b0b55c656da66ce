import { IconWallet } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseWalletSearch } from './search';

export default defineScreen({
  path: '/wallets',
  title: { ru: 'Кошельки', en: 'Wallets' },
  menu: { group: 'sales', order: 50, Icon: IconWallet },
  view: { shops: true },
  search: parseWalletSearch,
  load: () => import('./WalletPage').then(({ WalletPage }) => WalletPage),
});
