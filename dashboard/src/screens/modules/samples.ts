import type { ScreenSamples } from '../../testing/screenSamples';
import type { BotModule, Change, Difference, Settings } from './queries';

const BOT = '/api/v1/bots/7000000001/modules';

const EMPTY = {
  is_installed: true,
  is_on: false,
  notice: null,
  version: 0,
  requires: [],
  required_by: [],
  has_settings: true,
  has_panel: false,
  has_hook: false,
};

export const LISTED: BotModule[] = [
  {
    ...EMPTY,
    key: 'menu',
    title: { ru: 'Меню', en: 'Menu' },
    summary: {
      ru: 'Главное меню, приветствие и язык.',
      en: 'The main menu, the greeting and the language.',
    },
    is_on: true,
    version: 1,
    required_by: ['cart', 'orders'],
    has_settings: false,
  },
  {
    ...EMPTY,
    key: 'cart',
    title: { ru: 'Корзина и оформление', en: 'Cart and checkout' },
    summary: {
      ru: 'Корзина, контакты и адрес, доставка, налог и выбор оплаты; покупка в одно нажатие.',
      en: 'The cart, contacts and address, shipping, tax and the ways to pay; buying with one tap.',
    },
    is_on: true,
    version: 4,
    requires: ['menu'],
    required_by: ['orders'],
  },
  {
    ...EMPTY,
    key: 'orders',
    title: { ru: 'Заказы', en: 'Orders' },
    summary: {
      ru: 'Заказы покупателя, их стадии и возвраты.',
      en: "A shopper's orders, their stages and refunds.",
    },
    is_on: true,
    version: 1,
    requires: ['cart'],
  },
  {
    ...EMPTY,
    key: 'promo',
    title: { ru: 'Промокоды', en: 'Promo codes' },
    summary: {
      ru: 'Скидки по коду и по ссылке.',
      en: 'Discounts by a code and by a link.',
    },
    version: 2,
    notice: 'settings_invalid: share_bp',
    requires: ['cart'],
  },
  {
    ...EMPTY,
    key: 'stock',
    title: { ru: 'Остатки', en: 'Stock' },
    summary: { ru: 'Сколько чего осталось.', en: 'How much is left of what.' },
  },
  {
    ...EMPTY,
    key: 'bookings',
    title: { ru: 'Запись', en: 'Bookings' },
    summary: { ru: 'Запись на день и час.', en: 'Bookings for a day and an hour.' },
    requires: ['cart', 'stock'],
  },
  {
    ...EMPTY,
    key: 'lottery',
    title: { ru: 'lottery', en: 'lottery' },
    summary: { ru: '', en: '' },
    is_installed: false,
    has_settings: false,
    version: 3,
    notice: 'not_installed',
  },
];

export const SETTINGS: Settings = {
  version: 4,
  form: {
    type: 'object',
    properties: {
      one_tap: {
        type: 'boolean',
        default: true,
        'x-title': { ru: 'Покупка в одно нажатие', en: 'Buying with one tap' },
      },
      phone: {
        type: 'string',
        enum: ['no', 'optional', 'required'],
        default: 'no',
        'x-title': { ru: 'Телефон покупателя', en: "The shopper's phone" },
      },
      most_lines: {
        type: 'integer',
        minimum: 1,
        maximum: 50,
        default: 20,
        'x-title': { ru: 'Строк в корзине, не больше', en: 'Lines in a cart, at most' },
      },
    },
  },
  settings: { one_tap: true, phone: 'required', most_lines: 20 },
  problem: null,
};

export const HISTORY: Change[] = [
  {
    version: 4,
    action: 'restored',
    restored_version: 2,
    by: 'Ольга',
    at: '2026-11-23T09:00:00+00:00',
  },
  {
    version: 3,
    action: 'settings',
    restored_version: null,
    by: 'Пётр',
    at: '2026-11-22T09:00:00+00:00',
  },
  {
    version: 2,
    action: 'settings',
    restored_version: null,
    by: 'Ольга',
    at: '2026-11-21T09:00:00+00:00',
  },
  {
    version: 1,
    action: 'switched_on',
    restored_version: null,
    by: 'Ольга',
    at: '2026-11-20T09:00:00+00:00',
  },
  { version: 0, action: 'begun', restored_version: null, by: '', at: '2026-11-20T09:00:00+00:00' },
];

export const DIFFERENCE: Difference[] = [
  { field: 'one_tap', before: false, after: true },
  { field: 'phone', before: 'optional', after: 'required' },
];

export default {
  answers: {
    [`GET ${BOT}`]: { modules: LISTED, leftovers: [] },
    [`GET ${BOT}/cart/settings`]: SETTINGS,
    [`GET ${BOT}/cart/history`]: HISTORY,
    [`GET ${BOT}/cart/history/4/difference`]: DIFFERENCE,
    [`GET ${BOT}/menu/history`]: HISTORY.slice(3),
  },
  dialogs: {
    off: ['Switch off: Cart and checkout'],
    on: ['Switch on: Bookings'],
    settings: ['Settings: Cart and checkout'],
    history: ['History: Menu'],
    restore: { at: '/modules?module=cart', presses: ['Restore: version 2'] },
  },
} satisfies ScreenSamples;
