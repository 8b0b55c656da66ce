import { IconStar } from '@tabler/icons-react';
import { defineScreen } from '../../defineScreen';
import { parseReviewsSearch } from './search';

export default defineScreen({
  path: '/reviews',
  title: { ru: 'Отзывы', en: 'Reviews' },
  menu: { group: 'sales', order: 35, Icon: IconStar },
  view: { shops: true },
  search: parseReviewsSearch,
  load: () => import('./ReviewsPage').then(({ ReviewsPage }) => ReviewsPage),
});
