import { defineScreen } from '../../defineScreen';

export default defineScreen({
  path: '/app',
  title: { ru: 'Вход из Telegram', en: 'In from Telegram' },
  isOutside: true,
  search: (raw) => ({ bot: Number(raw.bot) || undefined }),
  load: () => import('./AppPage').then(({ AppPage }) => AppPage),
});
