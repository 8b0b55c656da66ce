import { IconShoppingBag } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseCatalogueSearch } from './search';

export default defineScreen({
  path: '/catalogue',
  title: { ru: 'Товары', en: 'Catalogue' },
  menu: { group: 'sales', order: 20, Icon: IconShoppingBag },
  view: { shops: true },
  search: parseCatalogueSearch,
  load: () => import('./CataloguePage').then(({ CataloguePage }) => CataloguePage),
});
