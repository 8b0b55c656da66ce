import type { ScreenSamples } from '../../testing/screenSamples';
import type { OneText } from './queries';

const MODULES = '/api/v1/bots/7000000001/modules';

const text = (language: 'ru' | 'en', template: string, own: string | null = null): OneText => ({
  text_key: 'welcome',
  language,
  template,
  own,
  places: ['shop'],
  changed_by: own === null ? null : 'Ольга',
  version: '0b1c',
});

export const TEXTS: OneText[] = [
  text('en', 'Welcome to <b>{shop}</b>!'),
  text('ru', 'Добро пожаловать в <b>{shop}</b>!', 'Здравствуйте! Это <b>{shop}</b>.'),
];

const SHOWN = {
  plain: 'Здравствуйте! Это {shop}.',
  spans: [{ style: 'bold', offset: 18, length: 6 }],
};

export default {
  answers: {
    [`GET ${MODULES}`]: {
      modules: [
        {
          key: 'menu',
          title: { ru: 'Меню', en: 'Menu' },
          summary: { ru: 'Главное меню.', en: 'The main menu.' },
          is_installed: true,
          is_on: true,
          notice: null,
          version: 1,
          requires: [],
          required_by: [],
          has_settings: true,
          has_panel: false,
          has_hook: false,
        },
      ],
      leftovers: [],
    },
    [`GET ${MODULES}/menu/texts`]: TEXTS,
    [`POST ${MODULES}/menu/texts/ru/welcome/preview`]: SHOWN,
    [`POST ${MODULES}/menu/texts/en/welcome/preview`]: {
      plain: 'Welcome to {shop}!',
      spans: [{ style: 'bold', offset: 11, length: 6 }],
    },
  },
  panels: { text: '/texts?text=welcome' },
} satisfies ScreenSamples;
