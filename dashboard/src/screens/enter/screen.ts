import { defineScreen } from '../../defineScreen';

export default defineScreen({
  path: '/enter',
  title: { ru: 'Вход', en: 'Enter' },
  isOutside: true,
  load: () => import('./EnterPage').then(({ EnterPage }) => EnterPage),
});
